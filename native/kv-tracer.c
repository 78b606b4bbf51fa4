/* kv-tracer: records what processes ask of CUDA and what keeps them from running, as a stream of records on standard
 * output (README.md). It ends, and leaves nothing attached, when its standard input closes or its parent dies. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "processes.h"
#include "queue.h"
#include "stacks.h"
#include "tracer.h"

#define DRAIN_MS 10
#define SCAN_MS 1000
#define SCAN_TARGETS_MS 100 /* chosen processes are few, and their first calls matter */
#define REPORT_NS 1000000000ULL

enum exit_code { EXIT_NO_TARGET = 2, EXIT_NOTHING_PROBED = 3, EXIT_REFUSED = 4 };

static volatile sig_atomic_t stopped;
static const struct options *scan_options;
static const struct programs *scan_programs;
static int probed;
static pthread_mutex_t scan_lock = PTHREAD_MUTEX_INITIALIZER;

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

/* A kernel's function is named by an address, which its process's mappings make sense of; so is each frame. */
static int on_call(void *context, void *data, size_t size)
{
	const struct kv_call *in = data;
	struct process *process = process_of(in->tgid);
	if (process && functions[in->function].class == CLASS_LAUNCH && functions[in->function].layer == LAYER_RUNTIME)
		process_covers(process, in->address);
	if (size == sizeof(*in)) {
		queue_put(in, size, 0);
		return 0;
	}
	struct kv_call call = *in;
	call.stack = process ? stack_of(context, process, data) : 0;
	queue_put(&call, sizeof(call), 0);
	return 0;
}

static int on_host(void *context, void *data, size_t size)
{
	const struct programs *programs = context;
	const struct kv_process *process = data;
	if (process->type != KV_PROCESS) {
		queue_put(data, size, 0);
		return 0;
	}
	if (process->change == KV_PROCESS_EXIT) {
		put_aggregates(context, process->tgid);
		bpf_map_delete_elem(programs->pythons, &process->tgid);
	}
	if (process->change == KV_PROCESS_EXIT || process->change == KV_PROCESS_EXEC)
		process_forget(process->tgid);
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
	int every = scan_options->chosen ? SCAN_TARGETS_MS : SCAN_MS;
	while (!stopped) {
		for (int waited = 0; waited < every && !stopped; waited += DRAIN_MS)
			pause_ms(DRAIN_MS);
		more_targets(scan_options, scan_programs);
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

/* Drains until there is a reason to end, which it returns. */
static int record(const struct options *options, const struct programs *programs, struct ring_buffer *rings)
{
	__u64 began = monotonic_ns(), reported = began;
	for (;;) {
		processes_prepare();
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
		if (options->chosen && targets_gone(options, programs))
			return END_TARGETS;
		pause_ms(DRAIN_MS);
	}
}

static void note_host_events(void)
{
	int count;
	const struct host_event *events = host_events(&count);
	for (int i = 0; i < count; i++)
		if (events[i].why[0])
			fprintf(stderr, "kv-tracer: records without %s: %s.\n", events[i].name, events[i].why);
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
	note_host_events();
	struct ring_buffer *rings = ring_buffer__new(programs.call_ring, on_call, &programs, NULL);
	if (!rings || ring_buffer__add(rings, programs.host_ring, on_host, &programs) != 0 || queue_start() != 0) {
		fprintf(stderr, "kv-tracer cannot record: %s; free some memory and try again.\n", strerror(errno));
		return EXIT_REFUSED;
	}
	begin_records(start_ns);
	put_meta(options, &programs);
	put_functions();
	first_targets(options, &programs);
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

/* Says which of the chosen processes and groups does not exist. */
static int missing_target(const struct options *options)
{
	for (int i = 0; i < options->pid_count; i++) {
		if (kill(options->pids[i], 0) == 0 || errno == EPERM)
			continue;
		fprintf(stderr, "kv-tracer: there is no process %d; check the number with `ps`.\n", options->pids[i]);
		return 1;
	}
	for (int i = 0; i < options->cgroup_count; i++) {
		if (group_exists(options->cgroups[i]))
			continue;
		fprintf(stderr, "kv-tracer: there is no control group %s; /proc/PID/cgroup has the path of a process's.\n",
			options->cgroups[i]);
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct options options;
	struct sigaction action = { .sa_handler = on_signal };
	pid_t parent = getppid();
	parse_options(argc, argv, &options);
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
	if (missing_target(&options))
		return EXIT_NO_TARGET;
	if (isatty(STDOUT_FILENO)) {
		fprintf(stderr, "kv-tracer writes binary records for kv: send its output to a pipe or a file.\n");
		return EXIT_NO_TARGET;
	}
	return trace(&options);
}
