/* What the parts of kv-tracer say to one another. Everything here has one thread that calls it, named where it matters. */
#ifndef TRACER_H
#define TRACER_H

#include <dirent.h>
#include <stddef.h>
#include <sys/types.h>

#include "functions.h"
#include "kv.h"

#define FORMAT_VERSION 2
#define MAX_PIDS 64
#define MAX_CGROUPS 64
#define MAX_LIBRARIES 16
#define MAX_BUILD_ID 65

struct options {
	pid_t pids[MAX_PIDS];
	int pid_count;
	const char *cgroups[MAX_CGROUPS]; /* below the root of the hierarchy */
	int cgroup_count;
	int chosen; /* only the processes named by these are recorded */
	const char *libraries[MAX_LIBRARIES];
	int library_count;
	__u64 min_duration_ns, min_off_cpu_ns;
	double duration_s; /* 0: until stopped */
	__u32 call_ring_bytes;
	__u32 sample_every; /* 0: no short calls */
	int stacks, no_nccl, no_host, perf, check, verbose;
};

/* The loaded eBPF programs, by file descriptor. */
struct programs {
	int targets, counters, aggregates, host_ring, call_ring, off_cpu, pythons;
	struct bpf_program *enter, *leave;
	int multi;     /* uprobe_multi, else one perf event a probe */
	int with_host; /* sched.bpf.o is attached: what threads do off CPU, and how processes come and go */
};

/* One kind of what the kernel does, and why this kernel gives none of it; empty: it does. */
struct host_event {
	const char *name;
	char why[128];
};

struct library {
	pid_t pid;
	const char *path; /* as its process names it */
	unsigned long long device, inode;
	__u8 kind;     /* enum library_kind */
	__u8 embedded; /* a library of other people's */
};

enum library_kind { LIBRARY_RUNTIME = 1, LIBRARY_DRIVER = 2, LIBRARY_EXECUTABLE = 3, LIBRARY_NCCL = 4 };
enum library_status { LIBRARY_ATTACHED = 0, LIBRARY_FAILED = 1, LIBRARY_NO_FUNCTIONS = 2, LIBRARY_STRIPPED = 3 };
enum end_reason { END_DURATION = 1, END_PARENT = 2, END_SIGNAL = 3, END_TARGETS = 4, END_READER = 5 };

/* A probed function's place in a file. */
struct place {
	unsigned long offset; /* in the file */
	__u64 function;
};

struct findings {
	char build_id[MAX_BUILD_ID]; /* empty: it has none */
	int stripped;		     /* CUDA's runtime is linked in, and there are no symbols to find it by */
};

/* options.c. Ends the program where they make no sense. */
void parse_options(int argc, char **argv, struct options *options);

/* symbols.c. Fills `places` with the probed functions that the ELF file defines. Returns how many, or -1 (not ELF). */
int find_functions(const struct options *options, int fd, struct place *places, int limit, struct findings *found);
void read_build_id(const char *file, char *into, size_t size);

/* programs.c. Return 0, or -1 with the reason in `why`. */
int load_programs(const struct options *options, __u64 start_ns, struct programs *programs, char *why, size_t why_size);
/* Attaches both programs to all places of a file; -1 with errno set, and nothing attached, if the kernel refuses. */
int attach_places(const char *file, const struct place *places, int count);
void detach_all(void);
/* An object that is not loaded yet, with its constant data set; NULL with errno set. */
struct bpf_object *open_object(const char *name, const char *from, const char *to, const struct kv_config *config);
int map_fd(const struct bpf_object *object, const char *name);

/* host.c. Loads what records the host side, and leaves out what the kernel does not take. */
void load_host(struct bpf_object *cuda, const struct kv_config *config, struct programs *programs);
const struct host_event *host_events(int *count);
void detach_host(void);

/* discover.c: called by one thread. Probes what was not yet; returns how many files now have probes. */
int discover(const struct options *options, const struct programs *programs);

/* targets.c */
pid_t next_process(DIR *proc); /* 0: there are no more */
int is_target(const struct programs *programs, pid_t pid);
int add_target(const struct programs *programs, pid_t pid); /* 1: it was none before */
void first_targets(const struct options *options, const struct programs *programs);
/* Those that joined a chosen group since, and those that are gone. Called by the thread that scans. */
void more_targets(const struct options *options, const struct programs *programs);
int targets_gone(const struct options *options, const struct programs *programs);
int group_exists(const char *group);

/* check.c */
int print_check(const struct options *options);

/* records.c, records-process.c */
__u64 monotonic_ns(void);
__u64 since_start(void);
void begin_records(__u64 start_ns);
void put_meta(const struct options *options, const struct programs *programs);
void put_functions(void);
void put_library(const struct library *library, int probes, int status, int error, const char *build_id,
		 const char *message);
void put_process(const struct kv_process *process);
void put_seen(pid_t pid);
struct mapping;
struct line;
/* These return 0, or -1 if the stream has no room for the record. */
int put_mapping(__u32 tgid, const struct mapping *mapping, const char *build_id);
int put_stack(__u32 number, const struct kv_call_with_stack *call, const struct line *lines, unsigned count);
int put_code(__u32 number, __u32 tgid, __u32 first_line, const char *name, const char *file);
void put_aggregates(const struct programs *programs, __u32 only_tgid);
void put_drops(const struct programs *programs, int detached);
void put_open_stretches(const struct programs *programs);
void put_end(int reason);

#endif
