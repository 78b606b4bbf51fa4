#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "tracer.h"

enum option_key {
	KEY_ALL = 1000, KEY_NO_HOST, KEY_PERF, KEY_CHECK, KEY_RING, KEY_LIBRARY, KEY_VERBOSE, KEY_OFF_CPU, KEY_CGROUP,
	KEY_STACKS, KEY_SAMPLE, KEY_NO_NCCL,
};

const char *argp_program_version = "kv-tracer 2";
static const struct argp_option known_options[] = {
	{ "pid", 'p', "PID", 0, "Only this process and its descendants (may be repeated)", 0 },
	{ "cgroup", KEY_CGROUP, "PATH", 0, "Only processes in this control group, and below it (may be repeated)", 0 },
	{ "all", KEY_ALL, 0, 0, "Send every call, however short", 0 },
	{ "min-duration-us", 'm', "US", 0, "Send calls that take at least this long (default 100); all are counted", 0 },
	{ "sample", KEY_SAMPLE, "N", 0, "Of shorter calls, send each Nth of one function of one process", 0 },
	{ "stacks", KEY_STACKS, 0, 0, "Send the stack of every call that is sent, with Python's functions", 0 },
	{ "duration", 'd', "SECONDS", 0, "Stop after this time", 0 },
	{ "library", KEY_LIBRARY, "PATH", 0, "Probe this file before any process has loaded it (may be repeated)", 0 },
	{ "no-nccl", KEY_NO_NCCL, 0, 0, "Do not record what is asked of NCCL", 0 },
	{ "min-off-cpu-us", KEY_OFF_CPU, "US", 0, "Send stretches off CPU of at least this long (default 10), and all inside calls", 0 },
	{ "no-host", KEY_NO_HOST, 0, 0, "Do not record what the kernel does: threads off CPU, faults, disks, TCP, signals", 0 },
	{ "perf", KEY_PERF, 0, 0, "Place probes one by one, as kernels before 6.6 need it", 0 },
	{ "ring-bytes", KEY_RING, "BYTES", 0, "Size of the ring of calls: a power of two, 4096 at least", 0 },
	{ "check", KEY_CHECK, 0, 0, "Say as JSON what is missing to record, and end", 0 },
	{ "verbose", KEY_VERBOSE, 0, 0, "Print what libbpf and the kernel's verifier say", 0 },
	{ 0 },
};

static double positive(struct argp_state *state, const char *text, const char *what)
{
	char *end;
	double value = strtod(text, &end);
	if (*end || end == text || !(value >= 0) || value > 1e12)
		argp_error(state, "%s must be a number that is not negative, not \"%s\"", what, text);
	return value;
}

static __u32 ring_bytes(struct argp_state *state, const char *text)
{
	double bytes = positive(state, text, "--ring-bytes");
	if (bytes < 4096 || bytes > 1u << 30 || ((__u32)bytes & ((__u32)bytes - 1)))
		argp_error(state, "--ring-bytes must be a power of two, and 4096 at least");
	return bytes;
}

static const char *group_path(struct argp_state *state, const char *path)
{
	if (strstr(path, ".."))
		argp_error(state, "--cgroup must be a path below the root of the hierarchy, not \"%s\"", path);
	return path;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct options *options = state->input;
	switch (key) {
	case 'p':
		if (options->pid_count == MAX_PIDS)
			argp_error(state, "at most %d processes can be chosen", MAX_PIDS);
		options->pids[options->pid_count++] = positive(state, value, "--pid");
		return 0;
	case KEY_CGROUP:
		if (options->cgroup_count == MAX_CGROUPS)
			argp_error(state, "at most %d control groups can be chosen", MAX_CGROUPS);
		options->cgroups[options->cgroup_count++] = group_path(state, value);
		return 0;
	case KEY_LIBRARY:
		if (options->library_count == MAX_LIBRARIES)
			argp_error(state, "at most %d libraries can be named", MAX_LIBRARIES);
		options->libraries[options->library_count++] = value;
		return 0;
	case KEY_SAMPLE:
		options->sample_every = positive(state, value, "--sample");
		return 0;
	case KEY_RING: options->call_ring_bytes = ring_bytes(state, value); return 0;
	case KEY_ALL: options->min_duration_ns = 0; return 0;
	case 'm': options->min_duration_ns = positive(state, value, "--min-duration-us") * 1000; return 0;
	case 'd': options->duration_s = positive(state, value, "--duration"); return 0;
	case KEY_OFF_CPU: options->min_off_cpu_ns = positive(state, value, "--min-off-cpu-us") * 1000; return 0;
	case KEY_STACKS: options->stacks = 1; return 0;
	case KEY_NO_NCCL: options->no_nccl = 1; return 0;
	case KEY_NO_HOST: options->no_host = 1; return 0;
	case KEY_PERF: options->perf = 1; return 0;
	case KEY_CHECK: options->check = 1; return 0;
	case KEY_VERBOSE: options->verbose = 1; return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

void parse_options(int argc, char **argv, struct options *options)
{
	const struct argp parser = { known_options, parse, NULL, "Records CUDA calls as a binary stream on standard output.",
				     NULL, NULL, NULL };
	*options = (struct options){ .min_duration_ns = 100 * 1000, .min_off_cpu_ns = 10 * 1000 };
	argp_parse(&parser, argc, argv, 0, NULL, options);
	options->chosen = options->pid_count > 0 || options->cgroup_count > 0;
}
