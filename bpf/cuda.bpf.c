/* Uprobe pairs on the CUDA Runtime and Driver APIs and NCCL. Which function a probe stands on is its cookie, and what that
 * function's arguments mean is read from `functions`: one program serves them all. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "aggregates.h"
#include "devices.h"
#include "python.h"

#define ALREADY_THERE 17 /* EEXIST: another thread was faster */

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, KV_MAX_FUNCTIONS);
	__type(key, __u32);
	__type(value, struct kv_function_args);
} functions SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 << 20);
} calls SEC(".maps");

/* Where a record is put together when stacks are recorded. A thread's own, because a program can be preempted by
 * another thread's. */
struct scratch {
	struct python_thread python;
	struct kv_call_with_stack record;
};
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct scratch);
} scratches SEC(".maps");

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

SEC("uprobe")
int on_enter(struct pt_regs *ctx)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	__u32 id = bpf_get_attach_cookie(ctx);
	struct kv_function_args *args = bpf_map_lookup_elem(&functions, &id);
	if (!args || !is_target(tgid))
		return 0;
	struct thread *thread = this_thread(bpf_get_current_task_btf(), BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!thread) {
		count(KV_LOST_STATE);
		return 0;
	}
	struct registers registers;
	read_registers(ctx, &registers);
	__u64 stack_pointer = registers.slot[7];
	__u32 depth = thread->depth;
	/* A frame below ours on the stack was left without a return (longjmp). The very same place is a tail call from
	 * another function, or our own frame left behind. */
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
	read_arguments(&registers, args, &frame->arguments);
	thread->depth = depth + 1;
	frame->start_ns = now();
	return 0;
}

/* Adds the call to its histogram. Returns its totals, or 0; `first` is set for the first call with this key. */
static __always_inline struct kv_aggregate *aggregate(struct frame *frame, __u32 tgid, int nested, __u64 duration,
						      int failed, int *first)
{
	struct kv_aggregate_key key = {
		.tgid = tgid, .function = frame->function, .kind = frame->arguments.kind, .nested = nested,
	};
	struct kv_aggregate *total = total_of(&key, first);
	if (total)
		add_to(total, duration, frame->arguments.size, failed);
	return total;
}

/* 1 for each nth short call of its kind. */
static __always_inline int is_sample(struct kv_aggregate *total)
{
	if (!config.sample_every || !total)
		return 0;
	return (__sync_fetch_and_add(&total->unsent, 1) + 1) % config.sample_every == 0;
}

static __always_inline void send_with_stack(struct pt_regs *ctx, struct task_struct *task, struct scratch *scratch)
{
	struct kv_call_with_stack *record = &scratch->record;
	long bytes = bpf_get_stack(ctx, record->words, KV_MAX_STACK * sizeof(record->words[0]), BPF_F_USER_STACK);
	if (bytes < 0) {
		count(KV_LOST_STACK);
		bytes = 0;
	}
	__u32 native = bytes / sizeof(record->words[0]);
	if (native > KV_MAX_STACK)
		native = KV_MAX_STACK;
	__u32 python = python_frames(&scratch->python, record->call.tgid, task->thread.fsbase, record->words, native);
	if (python > KV_MAX_PYTHON)
		python = KV_MAX_PYTHON;
	record->native = native;
	record->python = python;
	__u64 length = sizeof(*record) - sizeof(record->words) + (native + 2 * python) * sizeof(record->words[0]);
	if (bpf_ringbuf_output(&calls, record, length, BPF_RB_NO_WAKEUP) != 0)
		count(KV_LOST_CALL);
}

SEC("uprobe")
int on_return(struct pt_regs *ctx)
{
	__u64 end_ns = now();
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	__u32 tgid = pid_tgid >> 32;
	__u32 id = bpf_get_attach_cookie(ctx);
	struct task_struct *task = bpf_get_current_task_btf();
	struct kv_function_args *args = bpf_map_lookup_elem(&functions, &id);
	if (!args || !bpf_map_lookup_elem(&targets, &tgid))
		return 0;
	struct thread *thread = this_thread(task, 0);
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
	/* Lest the compiler test the depth in its stead, which the verifier of Linux 6.1 cannot follow. */
	barrier_var(parent);
	if (parent)
		parent->nested_ns += duration;
	__s32 result = PT_REGS_RC(ctx);
	int failed = result != 0 && result != args->pending;
	__u64 address = frame->arguments.address;
	if (args->address_out) {
		address = 0;
		if (!failed)
			bpf_probe_read_user(&address, sizeof(address), (void *)frame->arguments.address);
	}
	int first = 0, sampled = 0;
	struct kv_aggregate *total = aggregate(frame, tgid, parent != 0, duration, failed, &first);
	int wanted = first || failed || args->always || frame->sent_inside || duration >= config.min_duration_ns;
	if ((args->device || args->current) && !failed)
		wanted |= follow_device(thread, args, tgid, &frame->arguments, address);
	if (!wanted) {
		sampled = is_sample(total);
		if (!sampled)
			return 0;
	}

	struct scratch *scratch = 0;
	struct kv_call *call;
	if (config.with_stacks) {
		scratch = bpf_task_storage_get(&scratches, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
		if (!scratch)
			goto lost;
		call = &scratch->record.call;
	} else {
		call = bpf_ringbuf_reserve(&calls, sizeof(*call), 0);
		if (!call)
			goto lost;
	}
	if (parent)
		parent->sent_inside = 1;
	call->type = KV_CALL;
	call->tgid = tgid;
	call->tid = pid_tgid;
	call->result = result;
	call->start_ns = frame->start_ns;
	call->duration_ns = duration;
	call->parent_start_ns = parent ? parent->start_ns : 0;
	call->nested_ns = frame->nested_ns;
	call->size = frame->arguments.size;
	call->address = address;
	call->stream = frame->arguments.stream;
	call->cgroup = bpf_get_current_cgroup_id();
	__builtin_memcpy(call->grid, frame->arguments.grid, sizeof(call->grid));
	__builtin_memcpy(call->block, frame->arguments.block, sizeof(call->block));
	call->function = id;
	call->parent_function = parent ? parent->function : 0;
	call->kind = frame->arguments.kind;
	call->depth = depth;
	call->flags = (first ? KV_CALL_FIRST : 0) | (parent ? KV_CALL_NESTED : 0) | (failed ? KV_CALL_ERROR : 0) |
		      (sampled ? KV_CALL_SAMPLED : 0);
	call->data_type = frame->arguments.data_type;
	call->stack = 0;
	call->peer = frame->arguments.peer;
	call->device = thread->device ? thread->device - 1 : KV_NO_DEVICE;
	call->reserved = 0;
	call->reserved2 = 0;
	if (config.with_stacks)
		send_with_stack(ctx, task, scratch);
	else
		bpf_ringbuf_submit(call, BPF_RB_NO_WAKEUP);
	return 0;
lost:
	count(KV_LOST_CALL);
	return 0;
}
