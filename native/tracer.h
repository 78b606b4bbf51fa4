/* What the parts of kv-tracer say to one another. Everything here has one thread that calls it, named where it matters. */
#ifndef TRACER_H
#define TRACER_H

#include <stddef.h>
#include <sys/types.h>

#include "functions.h"
#include "kv.h"

#define FORMAT_VERSION 2
#define MAX_PIDS 64
#define MAX_LIBRARIES 16

struct options {
	pid_t pids[MAX_PIDS];
	int pid_count;
	const char *libraries[MAX_LIBRARIES];
	int library_count;
	__u64 min_duration_ns;
	double duration_s; /* 0: until stopped */
	__u32 call_ring_bytes;
	int no_host, perf, check, verbose;
};

/* The loaded eBPF programs, by file descriptor. */
struct programs {
	int targets, counters, aggregates, host_ring, call_ring, off_cpu;
	struct bpf_program *enter, *leave;
	int multi;     /* uprobe_multi, else one perf event a probe */
	int with_host; /* sched.bpf.o is attached */
};

struct library {
	pid_t pid;
	const char *path; /* as its process names it */
	unsigned long long device, inode;
	__u8 kind; /* enum library_kind */
};

enum library_kind { LIBRARY_RUNTIME = 1, LIBRARY_DRIVER = 2, LIBRARY_EXECUTABLE = 3, LIBRARY_NCCL = 4 };
enum library_status { LIBRARY_ATTACHED = 0, LIBRARY_FAILED = 1, LIBRARY_NO_FUNCTIONS = 2 };
enum end_reason { END_DURATION = 1, END_PARENT = 2, END_SIGNAL = 3, END_TARGETS = 4, END_READER = 5 };

/* A probed function's place in a file. */
struct place {
	unsigned long offset; /* in the file */
	__u64 function;
};

/* symbols.c. Fills `places` with the probed functions that the ELF file defines. Returns how many, or -1 (not ELF). */
int find_functions(const char *file, struct place *places, int limit, char *build_id, size_t build_id_size);

/* programs.c. Return 0, or -1 with the reason in `why`. */
int load_programs(const struct options *options, __u64 start_ns, struct programs *programs, char *why, size_t why_size);
/* Attaches both programs to all places of a file; -1 with errno set, and nothing attached, if the kernel refuses. */
int attach_places(const char *file, const struct place *places, int count);
void detach_all(void);

/* discover.c: called by one thread. Probes what was not yet; returns how many files now have probes. */
int discover(const struct options *options, const struct programs *programs);
void add_descendants(const struct options *options, const struct programs *programs);

/* check.c */
int print_check(const struct options *options);

/* records.c */
__u64 monotonic_ns(void);
void begin_records(__u64 start_ns);
void put_meta(const struct options *options, const struct programs *programs);
void put_functions(void);
void put_library(const struct library *library, int probes, int status, int error, const char *build_id,
		 const char *message);
void put_process(const struct kv_process *process);
void put_seen(pid_t pid);
void put_aggregates(const struct programs *programs, __u32 only_tgid);
void put_drops(const struct programs *programs, int detached);
void put_open_stretches(const struct programs *programs);
void put_end(int reason);

#endif
