/* What is known of the processes whose calls are sent: which executable memory the stream has told of. Called by the
 * thread that drains the rings, where nothing else is said. */
#ifndef PROCESSES_H
#define PROCESSES_H

#include <linux/types.h>

struct process;

/* The process, whose mappings have been sent. NULL if there is no memory. The last one stays valid until the next call. */
struct process *process_of(__u32 tgid);

/* Called by the thread that scans, of a process that has loaded CUDA: its mappings are then sent without waiting for its
 * first call, which it may not outlive for long. */
void process_expect(__u32 tgid);

/* Sees to the processes that are expected. */
void processes_prepare(void);

/* Sends what mappings there are now, if the address lies in none that is known, and that was not tried just before. */
void process_covers(struct process *process, __u64 address);

/* A number that no other program of this or another process has. */
__u32 process_program(const struct process *process);

/* The process has exited, or runs another program. */
void process_forget(__u32 tgid);

#endif
