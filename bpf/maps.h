/* Maps that both programs use. native/ loads cuda.bpf.o and gives its maps to sched.bpf.o. */
#ifndef KV_MAPS_H
#define KV_MAPS_H

#include <bpf/bpf_helpers.h>
#include "kv.h"

/* The only constant data of an object: native/ writes it before loading. */
const volatile struct kv_config config = {};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, __u32);
} targets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20);
} host SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, KV_COUNTERS);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

/* Atomic although the counter belongs to one CPU: uprobe programs can be preempted by one another. */
static __always_inline void count(__u32 which)
{
	__u64 *counter = bpf_map_lookup_elem(&counters, &which);
	if (counter)
		__sync_fetch_and_add(counter, 1);
}

static __always_inline __u64 now(void)
{
	return bpf_ktime_get_ns() - config.start_ns;
}

#endif
