/* The Python functions that a thread is in, of a CPython 3.13 or later that says itself where it keeps them. Everything
 * is read as user memory, so what is wrong or gone reads as nothing. */
#ifndef KV_PYTHON_H
#define KV_PYTHON_H

#include <bpf/bpf_helpers.h>
#include "maps.h"

#define MAX_PYTHON_THREADS 256
#define FRAME_OF_INTERPRETER 3 /* owners from this on are the interpreter's own frames, which are no functions */
#define LOOK_AGAIN_NS 100000000ULL

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct kv_python);
} pythons SEC(".maps");

/* The Python thread state of a thread, once it is found, and how far a walk has come. That is not on the program's stack
 * so that the verifier does not follow each round of a loop for itself. */
struct python_thread {
	__u64 state;
	__u64 look_ns; /* not before this */
	__u64 interpreter, frame, self;
	__u32 at, found;
};

struct python_walk {
	const struct kv_python *python;
	struct python_thread *thread;
	__u64 *words;
};

static __always_inline __u64 user_word(__u64 address)
{
	__u64 value = 0;
	bpf_probe_read_user(&value, sizeof(value), (void *)address);
	return value;
}

/* Steps through the threads of all interpreters, until it is at ours. */
static long next_state(__u32 unused, struct python_walk *walk)
{
	const struct kv_python *python = walk->python;
	struct python_thread *thread = walk->thread;
	(void)unused;
	if (!thread->interpreter)
		return 1;
	if (!thread->state) {
		thread->interpreter = user_word(thread->interpreter + python->interpreter_next);
		thread->state = thread->interpreter ? user_word(thread->interpreter + python->threads_head) : 0;
		return 0;
	}
	if (user_word(thread->state + python->thread_id) == thread->self)
		return 1;
	thread->state = user_word(thread->state + python->thread_next);
	return 0;
}

/* `self` is what pthread_self gives, which Python calls thread_id. */
static __always_inline int find_state(struct python_walk *walk, __u64 self)
{
	const struct kv_python *python = walk->python;
	struct python_thread *thread = walk->thread;
	if (thread->state && user_word(thread->state + python->thread_id) == self)
		return 1;
	if (now() < thread->look_ns)
		return 0;
	thread->self = self;
	thread->interpreter = user_word(python->runtime + python->interpreters_head);
	thread->state = thread->interpreter ? user_word(thread->interpreter + python->threads_head) : 0;
	bpf_loop(MAX_PYTHON_THREADS, next_state, walk, 0);
	if (thread->state && user_word(thread->state + python->thread_id) == self)
		return 1;
	thread->state = 0;
	thread->look_ns = now() + LOOK_AGAIN_NS;
	return 0;
}

static long next_frame(__u32 unused, struct python_walk *walk)
{
	const struct kv_python *python = walk->python;
	struct python_thread *thread = walk->thread;
	__u8 owner = FRAME_OF_INTERPRETER;
	(void)unused;
	if (!thread->frame || thread->found >= KV_MAX_PYTHON)
		return 1;
	bpf_probe_read_user(&owner, sizeof(owner), (void *)(thread->frame + python->frame_owner));
	if (owner < FRAME_OF_INTERPRETER) {
		__u32 at = thread->at + 2 * thread->found;
		/* Newer versions mark references in the lowest bits. */
		walk->words[at & (KV_STACK_WORDS - 1)] = user_word(thread->frame + python->frame_code) & ~7ULL;
		walk->words[(at + 1) & (KV_STACK_WORDS - 1)] = user_word(thread->frame + python->frame_instruction);
		thread->found++;
	}
	thread->frame = user_word(thread->frame + python->frame_previous);
	return 0;
}

/* Appends code object and instruction of each frame to words[at…], innermost first. Returns how many frames. */
static __always_inline __u32 python_frames(struct python_thread *thread, __u32 tgid, __u64 self, __u64 *words, __u32 at)
{
	struct kv_python *python = bpf_map_lookup_elem(&pythons, &tgid);
	struct python_walk walk = { .python = python, .thread = thread, .words = words };
	if (!python || !self || !find_state(&walk, self))
		return 0;
	thread->frame = user_word(thread->state + python->thread_frame);
	thread->at = at;
	thread->found = 0;
	bpf_loop(2 * KV_MAX_PYTHON, next_frame, &walk, 0);
	return thread->found;
}

#endif
