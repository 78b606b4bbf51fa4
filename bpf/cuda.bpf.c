/* Uprobe pairs on the CUDA Runtime and Driver APIs. Which function a probe stands on is its cookie, and what that
 * function's arguments mean is read from `functions`: one program serves them all. */
#include <linux/bpf.h>
#include <asm/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "maps.h"

#define MAX_DEPTH 8 /* a power of two: it is also a mask */
#define NOT_READY 600
#define ALREADY_THERE 17 /* EEXIST: another thread was faster */

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct frame {
	__u64 stack_pointer;
	__u64 start_ns;
	__u64 nested_ns;
	__u64 size, address, stream;
	__u32 grid[3], block[3];
	__u16 function;
	__u8 kind;
};

struct thread {
	__u32 depth;
	struct frame frames[MAX_DEPTH];
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct thread);
} threads SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, KV_MAX_FUNCTIONS);
	__type(key, __u32);
	__type(value, struct kv_function_args);
} functions SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, struct kv_aggregate_key);
	__type(value, struct kv_aggregate);
} aggregates SEC(".maps");

/* A source of zeroes: an aggregate is larger than a program's stack. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct kv_aggregate);
} empty SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 << 20);
} calls SEC(".maps");

static __noinline void announce(__u32 tgid)
{
	struct kv_process *process = bpf_ringbuf_reserve(&host, sizeof(*process), 0);
	if (!process) {
		count(KV_LOST_HOST);
		return;
	}
	__builtin_memset(process, 0, sizeof(*process));
	process->type = KV_PROCESS;
	process->change = KV_PROCESS_SEEN;
	process->tgid = tgid;
	process->time_ns = now();
	process->cgroup = bpf_get_current_cgroup_id();
	bpf_get_current_comm(process->comm, sizeof(process->comm));
	bpf_ringbuf_submit(process, BPF_RB_NO_WAKEUP);
}

static __always_inline int is_target(__u32 tgid)
{
	__u32 one = 1;
	if (bpf_map_lookup_elem(&targets, &tgid))
		return 1;
	if (config.only_targets)
		return 0;
	long failed = bpf_map_update_elem(&targets, &tgid, &one, BPF_NOEXIST);
	if (failed == 0)
		announce(tgid);
	if (failed == 0 || failed == -ALREADY_THERE)
		return 1;
	count(KV_LOST_STATE);
	return 0;
}

/* The registers of the convention, by slot. Copied once, because the verifier wants each offset into the context to be
 * a constant. */
struct registers {
	__u64 slot[8];
};

static __always_inline void read_registers(struct pt_regs *ctx, struct registers *into)
{
	volatile struct pt_regs *regs = ctx;
	into->slot[0] = 0;
	into->slot[1] = regs->rdi;
	into->slot[2] = regs->rsi;
	into->slot[3] = regs->rdx;
	into->slot[4] = regs->rcx;
	into->slot[5] = regs->r8;
	into->slot[6] = regs->r9;
	into->slot[7] = regs->rsp;
}

static __always_inline __u64 argument(const struct registers *registers, __u8 slot)
{
	__u64 value = 0;
	if (slot <= 6)
		return registers->slot[slot];
	/* Above the return address. */
	bpf_probe_read_user(&value, sizeof(value), (void *)(registers->slot[7] + 8ULL * (slot - 6)));
	return value;
}

/* cudaLaunchConfig_t and CUlaunchConfig are laid out alike. */
struct launch_config {
	__u32 grid[3], block[3];
	__u64 shared_bytes;
	__u64 stream;
};

static __always_inline void read_dimensions(const struct registers *registers, __u8 how, struct frame *frame)
{
	if (how == KV_DIMENSIONS_PACKED) {
		frame->grid[0] = registers->slot[2];
		frame->grid[1] = registers->slot[2] >> 32;
		frame->grid[2] = registers->slot[3];
		frame->block[0] = registers->slot[4];
		frame->block[1] = registers->slot[4] >> 32;
		frame->block[2] = registers->slot[5];
	} else if (how == KV_DIMENSIONS_FLAT) {
		frame->grid[0] = registers->slot[2];
		frame->grid[1] = registers->slot[3];
		frame->grid[2] = registers->slot[4];
		frame->block[0] = registers->slot[5];
		frame->block[1] = registers->slot[6];
		frame->block[2] = argument(registers, 7);
	} else if (how == KV_DIMENSIONS_CONFIG) {
		struct launch_config launch = {};
		bpf_probe_read_user(&launch, sizeof(launch), (void *)registers->slot[1]);
		__builtin_memcpy(frame->grid, launch.grid, sizeof(launch.grid));
		__builtin_memcpy(frame->block, launch.block, sizeof(launch.block));
		frame->stream = launch.stream;
	}
}

SEC("uprobe")
int on_enter(struct pt_regs *ctx)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	__u32 id = bpf_get_attach_cookie(ctx);
	struct kv_function_args *args = bpf_map_lookup_elem(&functions, &id);
	if (!args || !is_target(tgid))
		return 0;
	struct thread *thread = bpf_task_storage_get(&threads, bpf_get_current_task_btf(), 0,
						     BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!thread) {
		count(KV_LOST_STATE);
		return 0;
	}
	struct registers registers;
	read_registers(ctx, &registers);
	__u64 stack_pointer = registers.slot[7];
	__u32 depth = thread->depth;
	/* A frame below ours on the stack was left without a return (longjmp, exec). The very same place is a tail
	 * call from another function, or our own frame left behind. */
	for (int i = 0; i < MAX_DEPTH; i++) {
		if (depth == 0)
			break;
		struct frame *top = &thread->frames[(depth - 1) & (MAX_DEPTH - 1)];
		if (top->stack_pointer > stack_pointer)
			break;
		if (top->stack_pointer == stack_pointer && top->function != id)
			break;
		depth--;
	}
	if (depth >= MAX_DEPTH) {
		count(KV_LOST_STATE);
		return 0;
	}
	struct frame *frame = &thread->frames[depth & (MAX_DEPTH - 1)];
	__builtin_memset(frame, 0, sizeof(*frame));
	frame->function = id;
	frame->stack_pointer = stack_pointer;
	frame->address = argument(&registers, args->address);
	frame->stream = argument(&registers, args->stream);
	if (args->size) {
		frame->size = argument(&registers, args->size) * args->unit;
		if (args->size_by)
			frame->size *= argument(&registers, args->size_by);
	}
	if (args->kind) {
		__u32 kind = argument(&registers, args->kind);
		frame->kind = kind < KV_COPY_DEFAULT ? kind + 1 : KV_COPY_NONE;
	} else {
		frame->kind = args->fixed_kind;
	}
	if (args->dimensions)
		read_dimensions(&registers, args->dimensions, frame);
	thread->depth = depth + 1;
	frame->start_ns = now();
	return 0;
}

static __always_inline __u32 bucket_of(__u64 value)
{
	__u32 exponent = 0;
	__u64 rest = value;
	if (value < 4)
		return value;
	if (rest >> 32) { exponent += 32; rest >>= 32; }
	if (rest >> 16) { exponent += 16; rest >>= 16; }
	if (rest >> 8) { exponent += 8; rest >>= 8; }
	if (rest >> 4) { exponent += 4; rest >>= 4; }
	if (rest >> 2) { exponent += 2; rest >>= 2; }
	if (rest >> 1) exponent += 1;
	__u32 bucket = (exponent - 1) * 4 + ((value >> (exponent - 2)) & 3);
	return bucket < KV_BUCKETS ? bucket : KV_BUCKETS - 1;
}

/* Adds the call to its histogram. Returns 1 for the first call with this key. */
static __always_inline int aggregate(struct frame *frame, __u32 tgid, int nested, __u64 duration, int failed)
{
	struct kv_aggregate_key key = {
		.tgid = tgid, .function = frame->function, .kind = frame->kind, .nested = nested,
	};
	__u32 zero = 0;
	int first = 0;
	struct kv_aggregate *total = bpf_map_lookup_elem(&aggregates, &key);
	if (!total) {
		struct kv_aggregate *source = bpf_map_lookup_elem(&empty, &zero);
		if (!source)
			return 0;
		first = bpf_map_update_elem(&aggregates, &key, source, BPF_NOEXIST) == 0;
		total = bpf_map_lookup_elem(&aggregates, &key);
		if (!total) {
			count(KV_LOST_AGGREGATE);
			return 0;
		}
	}
	__u32 bucket = bucket_of(duration);
	if (bucket < KV_BUCKETS)
		__sync_fetch_and_add(&total->buckets[bucket], 1);
	__sync_fetch_and_add(&total->sum_ns, duration);
	if (frame->size)
		__sync_fetch_and_add(&total->bytes, frame->size);
	if (failed)
		__sync_fetch_and_add(&total->errors, 1);
	for (int i = 0; i < 8; i++) {
		__u64 seen = total->max_ns;
		if (seen >= duration || __sync_val_compare_and_swap(&total->max_ns, seen, duration) == seen)
			break;
	}
	return first;
}

SEC("uprobe")
int on_return(struct pt_regs *ctx)
{
	__u64 end_ns = now();
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	__u32 tgid = pid_tgid >> 32;
	__u32 id = bpf_get_attach_cookie(ctx);
	struct kv_function_args *args = bpf_map_lookup_elem(&functions, &id);
	if (!args || !bpf_map_lookup_elem(&targets, &tgid))
		return 0;
	struct thread *thread = bpf_task_storage_get(&threads, bpf_get_current_task_btf(), 0, 0);
	__u32 depth = thread ? thread->depth : 0;
	struct frame *frame = 0;
	for (int i = 0; i < MAX_DEPTH; i++) {
		if (!thread || depth == 0)
			break;
		depth--;
		frame = &thread->frames[depth & (MAX_DEPTH - 1)];
		/* The return took its address off the stack. */
		if (frame->function == id && frame->stack_pointer + 8 == PT_REGS_SP(ctx))
			break;
		frame = 0;
	}
	if (!thread || !frame) {
		count(KV_UNMATCHED);
		return 0;
	}
	thread->depth = depth;
	__u64 duration = end_ns - frame->start_ns;
	struct frame *parent = depth ? &thread->frames[(depth - 1) & (MAX_DEPTH - 1)] : 0;
	if (parent)
		parent->nested_ns += duration;
	__s32 result = PT_REGS_RC(ctx);
	int failed = result != 0 && !(args->query && result == NOT_READY);
	int first = aggregate(frame, tgid, parent != 0, duration, failed);
	if (duration < config.min_duration_ns && !first && !failed)
		return 0;

	struct kv_call *call = bpf_ringbuf_reserve(&calls, sizeof(*call), 0);
	if (!call) {
		count(KV_LOST_CALL);
		return 0;
	}
	call->type = KV_CALL;
	call->tgid = tgid;
	call->tid = pid_tgid;
	call->result = result;
	call->start_ns = frame->start_ns;
	call->duration_ns = duration;
	call->parent_start_ns = parent ? parent->start_ns : 0;
	call->nested_ns = frame->nested_ns;
	call->size = frame->size;
	call->address = frame->address;
	if (args->address_out) {
		__u64 address = 0;
		if (!failed)
			bpf_probe_read_user(&address, sizeof(address), (void *)frame->address);
		call->address = address;
	}
	call->stream = frame->stream;
	call->cgroup = bpf_get_current_cgroup_id();
	__builtin_memcpy(call->grid, frame->grid, sizeof(call->grid));
	__builtin_memcpy(call->block, frame->block, sizeof(call->block));
	call->function = id;
	call->parent_function = parent ? parent->function : 0;
	call->kind = frame->kind;
	call->depth = depth;
	call->flags = (first ? KV_CALL_FIRST : 0) | (parent ? KV_CALL_NESTED : 0) | (failed ? KV_CALL_ERROR : 0);
	call->data_type = KV_NO_DATA_TYPE;
	call->stack = 0;
	call->peer = KV_NO_PEER;
	call->device = KV_NO_DEVICE;
	call->reserved = 0;
	call->reserved2 = 0;
	bpf_ringbuf_submit(call, BPF_RB_NO_WAKEUP);
	return 0;
}
