/* Histograms and totals of calls, and of what the kernel does, by process. */
#ifndef KV_AGGREGATES_H
#define KV_AGGREGATES_H

#include "maps.h"

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

/* The totals with this key, made if there are none yet, which `made` then says; 0 if there is no room. */
static __always_inline struct kv_aggregate *total_of(const struct kv_aggregate_key *key, int *made)
{
	__u32 zero = 0;
	struct kv_aggregate *total = bpf_map_lookup_elem(&aggregates, key);
	if (total)
		return total;
	struct kv_aggregate *source = bpf_map_lookup_elem(&empty, &zero);
	if (!source)
		return 0;
	*made = bpf_map_update_elem(&aggregates, key, source, BPF_NOEXIST) == 0;
	total = bpf_map_lookup_elem(&aggregates, key);
	if (!total)
		count(KV_LOST_AGGREGATE);
	return total;
}

static __always_inline void add_to(struct kv_aggregate *total, __u64 duration, __u64 bytes, int failed)
{
	__u32 bucket = bucket_of(duration);
	if (bucket < KV_BUCKETS)
		__sync_fetch_and_add(&total->buckets[bucket], 1);
	__sync_fetch_and_add(&total->sum_ns, duration);
	if (bytes)
		__sync_fetch_and_add(&total->bytes, bytes);
	if (failed)
		__sync_fetch_and_add(&total->errors, 1);
	for (int i = 0; i < 8; i++) {
		__u64 seen = total->max_ns;
		if (seen >= duration || __sync_val_compare_and_swap(&total->max_ns, seen, duration) == seen)
			break;
	}
}

#endif
