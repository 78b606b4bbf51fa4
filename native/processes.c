#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "mappings.h"
#include "processes.h"
#include "tracer.h"

#define BUCKETS 1024
#define MOST_EXPECTED 1024
#define MOST_PROCESSES 4096
#define MOST_RANGES (1 << 20) /* of all processes: 32 MB */
#define MOST_RANGES_EACH 8192
#define LOOK_AGAIN_NS 500000000ULL
#define BUILD_IDS 4096 /* a power of two */

struct range {
	__u64 start, end, offset, inode;
};

struct process {
	struct process *next;
	__u32 tgid, program;
	struct range *ranges; /* by start */
	int count, room;
	__u64 looked_ns, used;
};

static struct process *table[BUCKETS];
static struct process *last;
static int process_count, range_count;
static __u32 programs_seen;
static __u64 uses;

/* Build ids of files by device and inode, as far as a table of this size keeps them. */
static const char *build_id_of(pid_t pid, const struct mapping *mapping, __u64 *device, __u64 *inode)
{
	static struct { __u64 device, inode, changed_ns; char text[MAX_BUILD_ID]; } known[BUILD_IDS];
	char file[PATH_MAX + 64];
	struct stat status;
	*device = mapping->device;
	*inode = mapping->inode;
	if (mapped_file(pid, mapping, file, sizeof(file), &status) != 0)
		return "";
	*device = status.st_dev;
	*inode = status.st_ino;
	__u64 changed_ns = status.st_ctim.tv_sec * 1000000000ULL + status.st_ctim.tv_nsec;
	unsigned slot = (status.st_ino * 0x9E3779B97F4A7C15ULL ^ status.st_dev) & (BUILD_IDS - 1);
	if (known[slot].device != status.st_dev || known[slot].inode != status.st_ino ||
	    known[slot].changed_ns != changed_ns) {
		known[slot].device = status.st_dev;
		known[slot].inode = status.st_ino;
		known[slot].changed_ns = changed_ns;
		read_build_id(file, known[slot].text, sizeof(known[slot].text));
	}
	return known[slot].text;
}

static struct range *range_at(const struct process *process, __u64 address)
{
	int low = 0, high = process->count;
	while (low < high) {
		int middle = (low + high) / 2;
		if (process->ranges[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low < process->count && process->ranges[low].start <= address ? &process->ranges[low] : NULL;
}

struct look {
	struct process *process;
	struct range *ranges;
	int count, room;
};

static int visit(void *context, const struct mapping *mapping)
{
	struct look *look = context;
	/* The kernel's half, where [vsyscall] is, has nothing that calls. */
	if (!mapping->executable || mapping->start >> 63)
		return 0;
	if (look->count == MOST_RANGES_EACH)
		return 1;
	if (look->count == look->room) {
		int room = look->room ? 2 * look->room : 256;
		struct range *larger = realloc(look->ranges, room * sizeof(*larger));
		if (!larger)
			return 1;
		look->ranges = larger;
		look->room = room;
	}
	struct range *known = range_at(look->process, mapping->start);
	struct range range = { mapping->start, mapping->end, mapping->offset, mapping->inode };
	if (!known || memcmp(known, &range, sizeof(range)) != 0) {
		struct mapping told = *mapping;
		const char *build_id = build_id_of(look->process->tgid, mapping, &told.device, &told.inode);
		/* One that the stream has no room for is tried again next time. */
		if (put_mapping(look->process->tgid, &told, build_id) != 0)
			return 0;
	}
	look->ranges[look->count++] = range;
	return 0;
}

/* Sends what is new; what is known from now on is what there is now. */
static void look_again(struct process *process)
{
	struct look look = { .process = process };
	process->looked_ns = monotonic_ns();
	if (each_mapping(process->tgid, visit, &look) < 0) {
		free(look.ranges);
		return;
	}
	range_count += look.count - process->count;
	free(process->ranges);
	process->ranges = look.ranges;
	process->count = look.count;
}

static void drop(struct process **link)
{
	struct process *process = *link;
	*link = process->next;
	if (last == process)
		last = NULL;
	process_count--;
	range_count -= process->count;
	free(process->ranges);
	free(process);
}

/* Gives back the process that was used least lately. */
static void make_room(void)
{
	struct process **oldest = NULL;
	for (int i = 0; i < BUCKETS; i++)
		for (struct process **link = &table[i]; *link; link = &(*link)->next)
			if (!oldest || (*link)->used < (*oldest)->used)
				oldest = link;
	if (oldest)
		drop(oldest);
}

struct process *process_of(__u32 tgid)
{
	if (last && last->tgid == tgid)
		return last;
	for (struct process *process = table[tgid % BUCKETS]; process; process = process->next) {
		if (process->tgid != tgid)
			continue;
		process->used = ++uses;
		return last = process;
	}
	while (process_count >= MOST_PROCESSES || (process_count && range_count >= MOST_RANGES))
		make_room();
	struct process *process = calloc(1, sizeof(*process));
	if (!process)
		return NULL;
	*process = (struct process){
		.next = table[tgid % BUCKETS], .tgid = tgid, .program = ++programs_seen, .used = ++uses,
	};
	table[tgid % BUCKETS] = process;
	process_count++;
	look_again(process);
	return last = process;
}

/* Written by the thread that scans, emptied by the one that drains. */
static __u32 expected[MOST_EXPECTED];
static int expected_count;
static pthread_mutex_t expected_lock = PTHREAD_MUTEX_INITIALIZER;

void process_expect(__u32 tgid)
{
	pthread_mutex_lock(&expected_lock);
	if (expected_count < MOST_EXPECTED)
		expected[expected_count++] = tgid;
	pthread_mutex_unlock(&expected_lock);
}

void processes_prepare(void)
{
	__u32 tgids[MOST_EXPECTED];
	pthread_mutex_lock(&expected_lock);
	int count = expected_count;
	memcpy(tgids, expected, count * sizeof(tgids[0]));
	expected_count = 0;
	pthread_mutex_unlock(&expected_lock);
	for (int i = 0; i < count; i++)
		if (kill(tgids[i], 0) == 0 || errno == EPERM)
			process_of(tgids[i]);
}

void process_covers(struct process *process, __u64 address)
{
	if (!range_at(process, address) && monotonic_ns() - process->looked_ns >= LOOK_AGAIN_NS)
		look_again(process);
}

__u32 process_program(const struct process *process)
{
	return process->program;
}

void process_forget(__u32 tgid)
{
	for (struct process **link = &table[tgid % BUCKETS]; *link; link = &(*link)->next) {
		if ((*link)->tgid != tgid)
			continue;
		drop(link);
		return;
	}
}
