/* What else the kernel does to the target processes: page faults, kills for want of memory, and signals. Each program
 * stands alone: native/ leaves out those that a kernel does not take. */
#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "host.h"

#define FAULT_WRITE 2 /* of x86's error code */
#define ANONYMOUS_PAGES 1 /* MM_ANONPAGES */
#define PAGE_BYTES 4096
#define SENT_BY_USER ((void *)0) /* SEND_SIG_NOINFO */
#define SENT_BY_KERNEL ((void *)1) /* SEND_SIG_PRIV */
#define SIGNAL_CHILD 17
#define SIGNAL_IGNORED 1 /* TRACE_SIGNAL_IGNORED */

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct pt_regs { unsigned long ip, sp; };
struct percpu_counter { __s64 count; };
struct mm_struct { struct percpu_counter rss_stat[4]; };
struct mm_rss_stat { struct { long counter; } count[4]; };
struct mm_struct___before_6_2 { struct mm_rss_stat rss_stat; };
struct task_struct { int pid, tgid; char comm[KV_COMM_LENGTH]; struct mm_struct *mm; };
struct kernel_siginfo { int si_code; };
#pragma clang attribute pop

SEC("tp_btf/page_fault_user")
int BPF_PROG(on_page_fault_user, unsigned long address, struct pt_regs *regs, unsigned long error)
{
	__u32 tgid = current_tgid();
	if (!is_target(tgid))
		return 0;
	tally(tgid, KV_HOST_PAGE_FAULT, 0, 0, 0);
	struct fault *fault = bpf_task_storage_get(&faults, bpf_get_current_task_btf(), 0,
						   BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!fault) {
		count(KV_LOST_HOST); /* its wait, should there be one */
		return 0;
	}
	fault->instruction = regs->ip;
	fault->stack_pointer = regs->sp;
	fault->address = address;
	fault->write = (error & FAULT_WRITE) != 0;
	return 0;
}

/* The kernel's own faults on memory of the process, while it copies for a system call: counted only, as what such a
 * call waits for shows as that call's. */
SEC("tp_btf/page_fault_kernel")
int BPF_PROG(on_page_fault_kernel, unsigned long address)
{
	__u32 tgid = current_tgid();
	if ((long)address > 0 && is_target(tgid))
		tally(tgid, KV_HOST_PAGE_FAULT, 0, 0, 0);
	return 0;
}

static __always_inline __u64 anonymous_bytes(struct task_struct *task)
{
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	__s64 pages = 0;
	if (bpf_core_type_exists(struct mm_rss_stat))
		bpf_core_read(&pages, sizeof(pages),
			      &((struct mm_struct___before_6_2 *)mm)->rss_stat.count[ANONYMOUS_PAGES]);
	else
		bpf_core_read(&pages, sizeof(pages), &mm->rss_stat[ANONYMOUS_PAGES].count);
	return pages > 0 ? pages * PAGE_BYTES : 0;
}

/* The victim is a number in early kernels, and no more is known of it; later it is a task. Runs in the process that
 * asked for memory when there was none. */
SEC("raw_tp/mark_victim")
int on_oom_kill(struct bpf_raw_tracepoint_args *context)
{
	__u64 victim = context->args[0];
	struct kv_event event = { .kind = KV_EVENT_OOM_KILL, .tgid = victim, .tid = victim, .other = current_tgid() };
	if (victim >> 32) {
		struct task_struct *task = (struct task_struct *)victim;
		event.tgid = BPF_CORE_READ(task, tgid);
		event.tid = BPF_CORE_READ(task, pid);
		event.size = anonymous_bytes(task);
		BPF_CORE_READ_INTO(&event.comm, task, comm);
	}
	if (config.only_targets && !is_target(event.tgid) && !is_target(event.other))
		return 0;
	event.start_ns = now();
	send(&event);
	return 0;
}

/* The process that is to answer for a signal; 0 for the kernel, which may act on a timer's interrupt, whoever runs. */
static __always_inline __u32 sender(int signal, struct kernel_siginfo *info)
{
	if (info == SENT_BY_USER)
		return current_tgid();
	if (info == SENT_BY_KERNEL)
		return 0;
	int code = BPF_CORE_READ(info, si_code);
	int by_call = code == 0 || code == -1 || code == -6; /* SI_USER, SI_QUEUE, SI_TKILL */
	return by_call || signal == SIGNAL_CHILD ? current_tgid() : 0;
}

SEC("tp_btf/signal_generate")
int BPF_PROG(on_signal, int signal, struct kernel_siginfo *info, struct task_struct *task, int group, int result)
{
	__u32 tgid = task->tgid;
	if (result == SIGNAL_IGNORED || !is_target(tgid))
		return 0;
	struct kv_event event = { .kind = KV_EVENT_SIGNAL, .tgid = tgid, .tid = task->pid, .code = signal };
	event.other = sender(signal, info);
	event.start_ns = now();
	bpf_probe_read_kernel(event.comm, sizeof(event.comm), task->comm);
	tally(tgid, KV_HOST_SIGNAL, 0, 0, 0);
	send(&event);
	return 0;
}
