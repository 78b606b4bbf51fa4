/* kv-tracer: records what processes ask of CUDA and what keeps them from running, as a stream of records on standard
 * output (README.md). It ends, and leaves nothing attached, when its standard input closes or its parent dies. */
#include <argp.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "queue.h"
#include "tracer.h"

#define DRAIN_MS 10
#define SCAN_MS 1000
#define SCAN_TARGETS_MS 100 /* chosen processes are few, and their first calls matter */
#define REPORT_NS 1000000000ULL

enum exit_code { EXIT_NO_TARGET = 2, EXIT_NOTHING_PROBED = 3, EXIT_REFUSED = 4 };
enum option_key { KEY_ALL = 1000, KEY_NO_HOST, KEY_PERF, KEY_CHECK, KEY_RING, KEY_LIBRARY, KEY_VERBOSE };

const char *argp_program_version = "kv-tracer 1";
static const struct argp_option known_options[] = {
	{ "pid", 'p', "PID", 0, "Only this process and its descendants (may be repeated)", 0 },
	{ "all", KEY_ALL, 0, 0, "Send every call, however short", 0 },
	{ "min-duration-us", 'm', "US", 0, "Send calls that take at least this long (default 100); all are counted", 0 },
	{ "duration", 'd', "SECONDS", 0, "Stop after this time", 0 },
	{ "library", KEY_LIBRARY, "PATH", 0, "Probe this file before any process has loaded it (may be repeated)", 0 },
	{ "no-host", KEY_NO_HOST, 0, 0, "Do not record when threads do not run", 0 },
	{ "perf", KEY_PERF, 0, 0, "Place probes one by one, as kernels before 6.6 need it", 0 },
	{ "ring-bytes", KEY_RING, "BYTES", 0, "Size of the ring of calls: a power of two, 4096 at least", 0 },
	{ "check", KEY_CHECK, 0, 0, "Say as JSON what is missing to record, and end", 0 },
	{ "verbose", KEY_VERBOSE, 0, 0, "Print what libbpf and the kernel's verifier say", 0 },
	{ 0 },
};

static volatile sig_atomic_t stopped;
static const struct options *scan_options;
static const struct programs *scan_programs;
static int probed;
static pthread_mutex_t scan_lock = PTHREAD_MUTEX_INITIALIZER;

static double positive(struct argp_state *state, const char *text, const char *what)
{
	char *end;
	double value = strtod(text, &end);
	if (*end || end == text || !(value >= 0) || value > 1e12)
		argp_error(state, "%s must be a number that is not negative, not \"%s\"", what, text);
	return value;
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
	case KEY_LIBRARY:
		if (options->library_count == MAX_LIBRARIES)
			argp_error(state, "at most %d libraries can be named", MAX_LIBRARIES);
		options->libraries[options->library_count++] = value;
		return 0;
	case KEY_RING: {
		__u32 bytes = positive(state, value, "--ring-bytes");
		if (bytes < 4096 || (bytes & (bytes - 1)))
			argp_error(state, "--ring-bytes must be a power of two and 4096 at least");
		options->call_ring_bytes = bytes;
		return 0;
	}
	case KEY_ALL: options->min_duration_ns = 0; return 0;
	case 'm': options->min_duration_ns = positive(state, value, "--min-duration-us") * 1000; return 0;
	case 'd': options->duration_s = positive(state, value, "--duration"); return 0;
	case KEY_NO_HOST: options->no_host = 1; return 0;
	case KEY_PERF: options->perf = 1; return 0;
	case KEY_CHECK: options->check = 1; return 0;
	case KEY_VERBOSE: options->verbose = 1; return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static void on_signal(int signal)
{
	(void)signal;
	stopped = 1;
}

static int quiet(enum libbpf_print_level level, const char *format, va_list values)
{
	(void)level, (void)format, (void)values;
	return 0;
}

static int on_call(void *context, void *data, size_t size)
{
	(void)context;
	queue_put(data, size, 0);
	return 0;
}

static int on_host(void *context, void *data, size_t size)
{
	const struct kv_process *process = data;
	if (process->type != KV_PROCESS) {
		queue_put(data, size, 0);
		return 0;
	}
	if (process->change == KV_PROCESS_EXIT)
		put_aggregates(context, process->tgid);
	put_process(process);
	return 0;
}

static void pause_ms(int milliseconds)
{
	struct timespec time = { milliseconds / 1000, milliseconds % 1000 * 1000000L };
	nanosleep(&time, NULL);
}

static int probed_files(void)
{
	pthread_mutex_lock(&scan_lock);
	int count = probed;
	pthread_mutex_unlock(&scan_lock);
	return count;
}

/* Placing probes can take long, so it does not hold up the rings. */
static void *scan(void *unused)
{
	(void)unused;
	int every = scan_options->pid_count ? SCAN_TARGETS_MS : SCAN_MS;
	while (!stopped) {
		for (int waited = 0; waited < every && !stopped; waited += DRAIN_MS)
			pause_ms(DRAIN_MS);
		int now_probed = discover(scan_options, scan_programs);
		pthread_mutex_lock(&scan_lock);
		probed = now_probed;
		pthread_mutex_unlock(&scan_lock);
	}
	return NULL;
}

static int input_closed(void)
{
	char ignored[256];
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	if (poll(&input, 1, 0) <= 0)
		return 0;
	if (input.revents & (POLLERR | POLLNVAL))
		return 1;
	return read(STDIN_FILENO, ignored, sizeof(ignored)) <= 0;
}

/* The kernel takes a process off the map when it exits, if the scheduler's programs are there to see it. */
static int targets_gone(const struct options *options, const struct programs *programs)
{
	__u32 key;
	if (programs->with_host)
		return bpf_map_get_next_key(programs->targets, NULL, &key) != 0;
	for (int i = 0; i < options->pid_count; i++)
		if (kill(options->pids[i], 0) == 0 || errno == EPERM)
			return 0;
	return 1;
}

/* Drains until there is a reason to end, which it returns. */
static int record(const struct options *options, const struct programs *programs, struct ring_buffer *rings)
{
	__u64 began = monotonic_ns(), reported = began;
	for (;;) {
		ring_buffer__consume(rings);
		__u64 at = monotonic_ns();
		if (at - reported >= REPORT_NS) {
			put_aggregates(programs, 0);
			put_drops(programs, 0);
			reported = at;
		}
		queue_flush();
		if (stopped)
			return END_SIGNAL;
		if (queue_broken())
			return END_READER;
		if (input_closed())
			return END_PARENT;
		if (options->duration_s && at - began >= options->duration_s * 1e9)
			return END_DURATION;
		if (options->pid_count && targets_gone(options, programs))
			return END_TARGETS;
		pause_ms(DRAIN_MS);
	}
}

static int trace(const struct options *options)
{
	char why[512];
	struct programs programs;
	pthread_t scanner;
	__u64 start_ns = monotonic_ns();
	if (load_programs(options, start_ns, &programs, why, sizeof(why)) != 0) {
		fprintf(stderr, "kv-tracer cannot record: %s; `kv-tracer --check` says what is missing.\n", why);
		return EXIT_REFUSED;
	}
	struct ring_buffer *rings = ring_buffer__new(programs.call_ring, on_call, &programs, NULL);
	if (!rings || ring_buffer__add(rings, programs.host_ring, on_host, &programs) != 0 || queue_start() != 0) {
		fprintf(stderr, "kv-tracer cannot record: %s; free some memory and try again.\n", strerror(errno));
		return EXIT_REFUSED;
	}
	begin_records(start_ns);
	put_meta(options, &programs);
	put_functions();
	add_descendants(options, &programs);
	probed = discover(options, &programs);
	if (probed == 0)
		fprintf(stderr, "kv-tracer: no process it may look into has loaded CUDA yet; waiting for one.\n");
	scan_options = options;
	scan_programs = &programs;
	if (pthread_create(&scanner, NULL, scan, NULL) != 0)
		return EXIT_REFUSED;

	int reason = record(options, &programs, rings);

	stopped = 1;
	pthread_join(scanner, NULL);
	put_drops(&programs, 0);
	detach_all();
	ring_buffer__consume(rings);
	put_open_stretches(&programs);
	put_aggregates(&programs, 0);
	put_drops(&programs, 1);
	put_end(reason);
	queue_finish();
	if (probed_files() > 0)
		return 0;
	fprintf(stderr, "kv-tracer: nothing was recorded, because no process loaded CUDA while it ran.\n");
	return EXIT_NOTHING_PROBED;
}

int main(int argc, char **argv)
{
	struct options options = { .min_duration_ns = 100 * 1000 };
	const struct argp parser = { known_options, parse, NULL, "Records CUDA calls as a binary stream on standard output.",
				     NULL, NULL, NULL };
	struct sigaction action = { .sa_handler = on_signal };
	pid_t parent = getppid();
	argp_parse(&parser, argc, argv, 0, NULL, &options);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		return 0; /* it died before that took effect */
	if (!options.verbose)
		libbpf_set_print(quiet);
	if (options.check)
		return print_check(&options);
	for (int i = 0; i < options.pid_count; i++) {
		if (kill(options.pids[i], 0) == 0 || errno == EPERM)
			continue;
		fprintf(stderr, "kv-tracer: there is no process %d; check the number with `ps`.\n", options.pids[i]);
		return EXIT_NO_TARGET;
	}
	if (isatty(STDOUT_FILENO)) {
		fprintf(stderr, "kv-tracer writes binary records for kv: send its output to a pipe or a file.\n");
		return EXIT_NO_TARGET;
	}
	return trace(&options);
}
