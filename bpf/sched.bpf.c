/* What the threads of the target processes do when they do not run, and how those processes come and go. The kernel's
 * structures are declared here with the fields in use, and found in the running kernel by CO-RE. */
#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "host.h"

#define TASK_GONE (0x10 | 0x20 | 0x80) /* EXIT_DEAD, EXIT_ZOMBIE, TASK_DEAD */
#define TASK_ASLEEP (1 | 2) /* TASK_INTERRUPTIBLE, TASK_UNINTERRUPTIBLE: not stopped by a signal or a debugger */
#define TASK_REPORT 0x7f /* the states that tools show; above them are modifiers such as "freezable" */

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
typedef struct { int counter; } atomic_t;
struct signal_struct { atomic_t live; int group_exit_code; };
struct pt_regs { unsigned long orig_ax, ip, sp; };
struct task_struct {
	int pid, tgid, exit_code;
	unsigned int flags;
	struct task_struct *group_leader;
	struct signal_struct *signal;
	unsigned in_iowait : 1;
	char comm[KV_COMM_LENGTH];
};
#pragma clang attribute pop

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct kv_off_cpu);
} off_cpu SEC(".maps");

/* How deep a thread is in probed calls: the beginning of the map of that name in cuda.bpf.c, which native/ puts
 * here. */
struct thread_depth { __u32 depth; };
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct thread_depth);
} threads SEC(".maps");

static __always_inline void describe(struct kv_task *into, struct task_struct *task)
{
	into->tgid = task->tgid;
	into->tid = task->pid;
	bpf_probe_read_kernel(into->comm, sizeof(into->comm), task->comm);
}

/* The thread's last page fault, if the thread is still in the kernel because of it: a page fault is no system call, and
 * whoever has left the kernel since then has moved on. */
static __always_inline struct fault *fault_of(struct task_struct *task, struct pt_regs *regs)
{
	struct fault *fault = bpf_task_storage_get(&faults, (void *)task, 0, 0);
	if (!fault || fault->instruction != BPF_CORE_READ(regs, ip) || fault->stack_pointer != BPF_CORE_READ(regs, sp))
		return 0;
	return fault;
}

static __always_inline int in_call(struct task_struct *task)
{
	struct thread_depth *thread = bpf_task_storage_get(&threads, (void *)task, 0, 0);
	return thread && thread->depth > 0;
}

static __always_inline void leave(struct task_struct *prev, struct task_struct *next, bool preempt, unsigned int state)
{
	struct kv_off_cpu off = {};
	__u32 tid = prev->pid;
	off.type = KV_OFF_CPU;
	off.tgid = prev->tgid;
	off.tid = tid;
	off.state = preempt ? 0 : state & TASK_REPORT;
	off.flags = preempt || state == 0 ? KV_OFF_PREEMPTED : 0;
	if (BPF_CORE_READ_BITFIELD_PROBED(prev, in_iowait))
		off.flags |= KV_OFF_IO_WAIT;
	off.syscall = -1;
	if (!(off.flags & KV_OFF_PREEMPTED)) {
		struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(prev);
		if (regs)
			off.syscall = BPF_CORE_READ(regs, orig_ax);
		if (regs && off.syscall == -1 && (off.state & TASK_ASLEEP) && fault_of(prev, regs))
			off.flags |= KV_OFF_PAGE_FAULT;
	}
	if (in_call(prev))
		off.flags |= KV_OFF_IN_CALL;
	off.cpu_out = bpf_get_smp_processor_id();
	describe(&off.next, next);
	off.start_ns = now();
	struct kv_off_cpu *earlier = bpf_map_lookup_elem(&off_cpu, &tid);
	if (earlier && !(earlier->flags & KV_OFF_OVER))
		count(KV_LOST_HOST); /* its coming back was not seen */
	if (bpf_map_update_elem(&off_cpu, &tid, &off, BPF_ANY) != 0)
		count(KV_LOST_HOST);
}

static __always_inline void tell_fault(struct kv_off_cpu *off, struct task_struct *task)
{
	struct fault *fault = bpf_task_storage_get(&faults, (void *)task, 0, 0);
	if (!fault)
		return;
	struct kv_event event = {
		.kind = KV_EVENT_PAGE_FAULT, .tgid = off->tgid, .tid = off->tid, .start_ns = off->start_ns,
		.address = fault->address, .code = fault->write,
	};
	event.duration_ns = off->end_ns - off->start_ns;
	bpf_probe_read_kernel(event.comm, sizeof(event.comm), task->comm);
	send(&event);
}

static __always_inline void enter(struct task_struct *prev, struct task_struct *next)
{
	__u32 tid = next->pid;
	struct kv_off_cpu *off = bpf_map_lookup_elem(&off_cpu, &tid);
	if (!off)
		return;
	if (off->flags & KV_OFF_OVER) {
		count(KV_LOST_HOST); /* its leaving was not seen */
		return;
	}
	off->end_ns = now();
	__u64 duration = off->end_ns - off->start_ns;
	tally(off->tgid, KV_HOST_SCHED_SWITCH, duration, 0, 0);
	if (off->flags & KV_OFF_PAGE_FAULT)
		tally(off->tgid, KV_HOST_PAGE_FAULT_WAIT, duration, 0, 0);
	if (duration >= config.min_off_cpu_ns || (off->flags & KV_OFF_IN_CALL)) {
		off->cpu_in = bpf_get_smp_processor_id();
		describe(&off->last, prev);
		if (bpf_ringbuf_output(&host, off, sizeof(*off), BPF_RB_NO_WAKEUP) != 0)
			count(KV_LOST_HOST);
		if (off->flags & KV_OFF_PAGE_FAULT)
			tell_fault(off, next);
	}
	off->flags |= KV_OFF_OVER;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(on_switch, bool preempt, struct task_struct *prev, struct task_struct *next, unsigned int state)
{
	__u32 left = prev->tgid, entered = next->tgid;
	if (bpf_map_lookup_elem(&targets, &left) && !(state & TASK_GONE))
		leave(prev, next, preempt, state);
	if (bpf_map_lookup_elem(&targets, &entered))
		enter(prev, next);
	return 0;
}

/* Runs in the waker. */
SEC("tp_btf/sched_waking")
int BPF_PROG(on_waking, struct task_struct *task)
{
	__u32 tid = task->pid;
	struct kv_off_cpu *off = bpf_map_lookup_elem(&off_cpu, &tid);
	if (!off || off->woken_ns || (off->flags & KV_OFF_OVER))
		return 0;
	describe(&off->waker, bpf_get_current_task_btf());
	off->woken_ns = now();
	return 0;
}

/* May run on the woken thread's CPU, under whoever is there: of use only for a waker that came before the stretch was
 * noted. */
SEC("tp_btf/sched_wakeup")
int BPF_PROG(on_wakeup, struct task_struct *task)
{
	__u32 tid = task->pid;
	struct kv_off_cpu *off = bpf_map_lookup_elem(&off_cpu, &tid);
	if (off && !off->woken_ns && !(off->flags & KV_OFF_OVER))
		off->woken_ns = now();
	return 0;
}

static __always_inline void tell(struct task_struct *task, __u32 parent, __u32 change, __s32 status)
{
	struct kv_process process = {
		.type = KV_PROCESS, .tgid = task->tgid, .parent = parent, .change = change, .status = status,
	};
	process.time_ns = now();
	process.cgroup = bpf_get_current_cgroup_id();
	bpf_probe_read_kernel(process.comm, sizeof(process.comm), task->comm);
	if (bpf_ringbuf_output(&host, &process, sizeof(process), BPF_RB_NO_WAKEUP) != 0)
		count(KV_LOST_HOST);
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	__u32 from = parent->tgid, to = child->tgid, one = 1;
	if (from == to || !bpf_map_lookup_elem(&targets, &from))
		return 0;
	bpf_map_update_elem(&targets, &to, &one, BPF_ANY);
	tell(child, from, KV_PROCESS_FORK, 0);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task)
{
	__u32 tgid = task->tgid;
	if (bpf_map_lookup_elem(&targets, &tgid))
		tell(task, 0, KV_PROCESS_EXEC, 0);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	__u32 tgid = task->tgid, tid = task->pid;
	if (!bpf_map_lookup_elem(&targets, &tgid))
		return 0;
	/* A thread that exits is running. */
	struct kv_off_cpu *off = bpf_map_lookup_elem(&off_cpu, &tid);
	if (off && !(off->flags & KV_OFF_OVER))
		count(KV_LOST_HOST);
	bpf_map_delete_elem(&off_cpu, &tid);
	/* The last thread of its process: the kernel has counted it out already. */
	if (task->signal->live.counter > 0)
		return 0;
	__s32 group = task->signal->group_exit_code;
	__s32 status = group ? group : task->group_leader->exit_code;
	bpf_map_delete_elem(&targets, &tgid);
	tell(task->group_leader, 0, KV_PROCESS_EXIT, status);
	return 0;
}
