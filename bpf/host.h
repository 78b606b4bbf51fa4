/* What the programs of the host side share: totals and events of what the kernel does to a target. */
#ifndef KV_HOST_H
#define KV_HOST_H

#include "aggregates.h"

/* The page fault that a thread had last, named by where in user space it was; cuda.bpf.o does not know this map. */
struct fault {
	__u64 instruction, stack_pointer;
	__u64 address;
	__u32 write;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct fault);
} faults SEC(".maps");

static __always_inline void tally(__u32 tgid, enum kv_host_function what, __u64 duration, __u64 bytes, int failed)
{
	struct kv_aggregate_key key = { .tgid = tgid, .function = config.first_host_function + what };
	int made;
	struct kv_aggregate *total = total_of(&key, &made);
	if (total)
		add_to(total, duration, bytes, failed);
}

static __always_inline __u32 current_tgid(void)
{
	return bpf_get_current_pid_tgid() >> 32;
}

static __always_inline int is_target(__u32 tgid)
{
	return bpf_map_lookup_elem(&targets, &tgid) != 0;
}

static __always_inline void send(struct kv_event *event)
{
	event->type = KV_EVENT;
	if (bpf_ringbuf_output(&host, event, sizeof(*event), BPF_RB_NO_WAKEUP) != 0)
		count(KV_LOST_HOST);
}

#endif
