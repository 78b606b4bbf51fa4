/* What bpf/ and native/ agree on: settings, function descriptors, and the records of the ring buffers, which
 * native/ passes on unchanged (native/README.md documents them byte by byte). Little-endian, no implicit padding.
 * Times are nanoseconds of CLOCK_MONOTONIC since the trace began; durations nanoseconds; sizes bytes. */
#ifndef KV_H
#define KV_H

#include <linux/types.h>

#define KV_MAX_FUNCTIONS 320
#define KV_COMM_LENGTH 16
/* Log2 histogram with four linear steps an octave: bucket widths are at most a quarter of their lower bound. */
#define KV_BUCKETS 160

enum kv_record_type {
	KV_META = 1,
	KV_FUNCTION = 2,
	KV_LIBRARY = 3,
	KV_CALL = 4,
	KV_OFF_CPU = 5,
	KV_PROCESS = 6,
	KV_AGGREGATE = 7,
	KV_DROP = 8,
	KV_END = 9,
	KV_STACK = 10,
	KV_MAPPING = 11,
	KV_EVENT = 12,
	KV_CODE = 13,
};

enum kv_copy_kind {
	KV_COPY_NONE = 0,
	KV_COPY_HOST_TO_HOST = 1,
	KV_COPY_HOST_TO_DEVICE = 2,
	KV_COPY_DEVICE_TO_HOST = 3,
	KV_COPY_DEVICE_TO_DEVICE = 4,
	KV_COPY_DEFAULT = 5,
};

enum kv_dimensions {
	KV_DIMENSIONS_NONE = 0,
	KV_DIMENSIONS_PACKED = 1,	 /* cudaLaunchKernel: two dim3 by value, each in two registers */
	KV_DIMENSIONS_FLAT = 2,		 /* cuLaunchKernel: six integers */
	KV_DIMENSIONS_CONFIG = 3,	 /* *Ex: a structure with both and the stream, by pointer */
};

/* Where a function's arguments are. A slot is a place of the calling convention, from 1: six registers, then the
 * stack; 0 is "has none". Filled by native/functions.c. */
struct kv_function_args {
	__u16 pending;		  /* a result that says "not yet", which is an answer and no error; 0: none does */
	__u8 size, size_by, unit; /* bytes = slot(size) × slot(size_by) × unit */
	__u8 kind;		  /* slot of a cudaMemcpyKind */
	__u8 fixed_kind;	  /* enum kv_copy_kind of a function that copies one way only */
	__u8 stream;
	__u8 address;	   /* memory, kernel function, event or graph that the call is about */
	__u8 address_out;  /* address is where the call stores it, so it is read at the return */
	__u8 dimensions;   /* enum kv_dimensions */
	__u8 always;	   /* sent however short: what others are reckoned from (memory, streams, collectives) */
	__u8 data_type;	   /* slot of an ncclDataType_t: `size` counts elements of it */
	__u8 peer;	   /* slot of a root or peer rank */
	__u8 device;	   /* slot of a device number; with address_out, the device of the context that is stored there */
	__u8 current;	   /* enum kv_current */
};

/* How a call changes which device its thread uses: the one it names, else that of the context in `address`. */
enum kv_current {
	KV_CURRENT_KEPT = 0,
	KV_CURRENT_SET = 1,
	KV_CURRENT_PUSHED = 2,
	KV_CURRENT_POPPED = 3,
};

struct kv_config {
	__u64 start_ns;		/* CLOCK_MONOTONIC when the trace began */
	__u64 min_duration_ns;	/* shorter calls are counted and not sent; 0 sends every call */
	__u64 min_off_cpu_ns;	/* shorter stretches are counted, and sent only if they began inside a probed call */
	__u32 only_targets;	/* 1: only processes in the map of targets; 0: whoever calls becomes one */
	__u32 first_host_function; /* the number that enum kv_host_function counts from */
	__u32 sample_every;	/* of the short calls of one function of one process, each nth is sent; 0: none */
	__u32 with_stacks;
};

/* What the kernel does, counted as if it were functions: the last ones of native/functions.c, in this order. */
enum kv_host_function {
	KV_HOST_SCHED_SWITCH = 0, /* stretches off CPU */
	KV_HOST_PAGE_FAULT = 1,	  /* how many; how long one took is not known */
	KV_HOST_PAGE_FAULT_WAIT = 2, /* stretches off CPU inside one */
	KV_HOST_BLOCK_IO = 3,
	KV_HOST_TCP_RETRANSMIT = 4,
	KV_HOST_TCP_DROP = 5,
	KV_HOST_SIGNAL = 6,
	KV_HOST_FUNCTIONS = 7,
};

enum kv_call_flags {
	KV_CALL_FIRST = 1,	/* the process's first call of this function, sent whatever it took */
	KV_CALL_NESTED = 2,	/* inside another probed call of the same thread */
	KV_CALL_ERROR = 4,
	KV_CALL_SAMPLED = 8,	/* short, and sent because every nth is */
};

#define KV_NO_DEVICE 0xffff
#define KV_NO_PEER (-1)
#define KV_NO_DATA_TYPE 0xff
#define KV_MAX_STACK 64 /* frames; deeper stacks are cut at the outer end */

struct kv_call {
	__u32 type;
	__u32 tgid, tid;
	__s32 result;
	__u64 start_ns, duration_ns;
	__u64 parent_start_ns;	/* with tid, names the call this one is nested in; 0 if none */
	__u64 nested_ns;	/* time spent in probed calls directly inside this one */
	__u64 size, address, stream, cgroup;	/* address of a collective: its communicator */
	__u32 grid[3], block[3];
	__u16 function, parent_function;
	__u8 kind, depth, flags, data_type;
	__u32 stack;		/* number of a stack record that came before; 0: none */
	__s32 peer;		/* root or peer rank of a collective, else KV_NO_PEER */
	__u16 device, reserved;	/* the CUDA device that the thread had chosen; KV_NO_DEVICE: it never said */
	__u32 reserved2;
};

#define KV_MAX_PYTHON 32 /* frames */
#define KV_STACK_WORDS 128 /* a power of two, for KV_MAX_STACK + 2 × KV_MAX_PYTHON */

/* A call as the ring brings it when stacks are recorded; what is used of `words` is all that is sent. native/ makes a
 * stack record and a call of it. */
struct kv_call_with_stack {
	struct kv_call call;
	__u32 native, python;		/* frames */
	__u64 words[KV_STACK_WORDS];	/* return addresses; then for each Python frame its code object and its instruction */
};

/* Where a CPython 3.13 or later keeps what its stacks are read from: its own _Py_DebugOffsets, shortened. */
struct kv_python {
	__u64 runtime;	/* address of _PyRuntime */
	__u32 interpreters_head, interpreter_next, threads_head;
	__u32 thread_next, thread_id, thread_frame;
	__u32 frame_previous, frame_code, frame_instruction, frame_owner;
	__u32 code_file, code_name, code_lines, code_first_line, code_instructions;
	__u32 bytes_length, bytes_data, text_state, text_length, text_data;
	__u32 exact_lines; /* 0: only where a function begins (free-threaded builds copy the instructions for each thread) */
	__u32 text_shift;  /* of the kind of a text, in its state */
};

enum kv_off_cpu_flags {
	KV_OFF_PREEMPTED = 1,	/* it could have run on */
	KV_OFF_IO_WAIT = 2,
	KV_OFF_OPEN = 4,	/* still off CPU when the trace ended; end_ns is that moment */
	KV_OFF_IN_CALL = 8,	/* began inside a probed call of the thread; sent however short */
	KV_OFF_PAGE_FAULT = 16,	/* inside a page fault of user space */
	KV_OFF_OVER = 32,	/* in the kernel's map only: told of, the thread runs */
};

struct kv_task {
	__u32 tgid, tid;
	char comm[KV_COMM_LENGTH];
};

/* One stretch in which a thread did not run: from start to woken it could not, from woken to end it waited for a CPU. */
struct kv_off_cpu {
	__u32 type;
	__u32 tgid, tid;
	__u32 state;		/* task state when it left: 0 runnable, 1 interruptible, 2 uninterruptible */
	__u64 start_ns, end_ns;
	__u64 woken_ns;		/* 0: nobody woke it */
	__s32 syscall;		/* number of the system call it blocked in; -1: none (page fault, preempted) */
	__u16 cpu_out, cpu_in;
	__u32 flags, reserved;
	struct kv_task next;	/* ran right after it left, on the CPU it left */
	struct kv_task last;	/* ran right before it came back, on the CPU it came to */
	struct kv_task waker;	/* no name: not known */
};

enum kv_process_change {
	KV_PROCESS_SEEN = 1,	/* a target from now on */
	KV_PROCESS_FORK = 2,
	KV_PROCESS_EXEC = 3,
	KV_PROCESS_EXIT = 4,
};

struct kv_process {
	__u32 type;
	__u32 tgid, parent;
	__u32 change;
	__u64 time_ns, cgroup;
	__s32 status;		/* of an exit: as waitpid gives it */
	__u32 reserved;
	char comm[KV_COMM_LENGTH];
};

enum kv_event_kind {
	KV_EVENT_PAGE_FAULT = 1,	/* a stretch off CPU inside one: a wait for a disk, memory or a lock */
	KV_EVENT_BLOCK_IO = 2,
	KV_EVENT_OOM_KILL = 3,
	KV_EVENT_TCP_RETRANSMIT = 4,
	KV_EVENT_TCP_DROP = 5,
	KV_EVENT_SIGNAL = 6,
};

/* What the kernel did to, or for, a process. tgid and tid are of the process it happened to; of a TCP connection tid is
 * the thread that was first seen at it. */
struct kv_event {
	__u32 type;
	__u32 tgid, tid;
	__u32 kind;
	__u64 start_ns, duration_ns;	/* duration 0: it has none */
	__u64 size;		/* block I/O: bytes; OOM: bytes of anonymous memory that the victim held */
	__u64 address;		/* page fault: where; block I/O: first sector */
	__u32 device;		/* block I/O: major << 20 | minor */
	__u32 code;		/* page fault and block I/O: 1 a write; drop: reason of the kernel; signal: its number */
	__u32 other;		/* OOM and signal: process that caused it; 0 of a signal: the kernel */
	__u32 port;		/* TCP: local << 16 | remote */
	__u8 remote[16];	/* TCP: address of the other side, IPv4 as ::ffff:a.b.c.d */
	char comm[KV_COMM_LENGTH];	/* of the process it happened to */
};

struct kv_aggregate_key {
	__u32 tgid;
	__u16 function;
	__u8 kind, nested;
};

/* The number of calls is the sum of the buckets: a copy taken while calls go on is still consistent. */
struct kv_aggregate {
	__u64 sum_ns, max_ns, bytes, errors;
	__u64 unsent;	/* short calls, which sampling counts */
	__u32 buckets[KV_BUCKETS];
};

enum kv_counter {
	KV_LOST_CALL = 0,	/* ring of calls full */
	KV_LOST_HOST = 1,	/* ring of off-CPU stretches, processes and events full, or no room to follow one */
	KV_LOST_AGGREGATE = 2,	/* no room for another function of another process */
	KV_LOST_STATE = 3,	/* a thread's state could not be had, or calls nest too deep: call not seen at all */
	KV_UNMATCHED = 4,	/* a return whose entry was not seen: the call began before the probes */
	KV_LOST_STACK = 5,	/* a call's stack could not be had */
	KV_COUNTERS = 6,
	KV_LOST_QUEUE = 6,	/* in the helper: whoever reads its output is too slow */
};

#endif
