/* The probed calls that a thread is in, and which device it uses. */
#ifndef KV_THREADS_H
#define KV_THREADS_H

#include <bpf/bpf_helpers.h>
#include "arguments.h"

#define MAX_DEPTH 8 /* a power of two: it is also a mask */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct thread_struct { unsigned long fsbase; };
struct task_struct {
	__u64 self_exec_id;
	struct thread_struct thread;
};
#pragma clang attribute pop

struct frame {
	__u64 stack_pointer;
	__u64 start_ns;
	__u64 nested_ns;
	struct arguments arguments;
	__u16 function;
	__u8 sent_inside; /* a call inside this one was sent, and names it */
};

struct thread {
	__u32 depth; /* stays first: sched.bpf.c reads it */
	__u16 device, device_before; /* in use, and in use before a context was pushed; plus one, 0: it never said */
	__u64 program; /* counts the thread's execs: what came before one is not true any more */
	struct frame frames[MAX_DEPTH];
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct thread);
} threads SEC(".maps");

/* The thread's state of the program that it runs now. */
static __always_inline struct thread *this_thread(struct task_struct *task, __u64 flags)
{
	struct thread *thread = bpf_task_storage_get(&threads, task, 0, flags);
	if (thread && thread->program != task->self_exec_id) {
		thread->program = task->self_exec_id;
		thread->depth = 0;
		thread->device = thread->device_before = 0;
	}
	return thread;
}

#endif
