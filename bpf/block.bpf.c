/* What the target processes read from disks and write to them: requests that a target has handed in, from then until
 * they are done. What the kernel writes back later by itself belongs to nobody and is not here. */
#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "host.h"

#define OPERATION 0xff
#define OPERATION_FLUSH 2
#define OPERATION_PASSED_THROUGH 34 /* and above: commands of the device's own */

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct gendisk { int major, first_minor; };
struct request_queue { struct gendisk *disk; };
struct request { struct request_queue *q; __u32 cmd_flags, __data_len; __u64 __sector; };
#pragma clang attribute pop

struct submitted {
	__u64 start_ns, bytes;
	struct kv_task by;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct submitted);
} requests SEC(".maps");

static __always_inline void submit(struct request *request)
{
	__u32 tgid = current_tgid();
	__u64 key = (__u64)request;
	if (!is_target(tgid) || bpf_map_lookup_elem(&requests, &key))
		return;
	struct submitted submitted = { .by = { .tgid = tgid, .tid = bpf_get_current_pid_tgid() } };
	bpf_get_current_comm(submitted.by.comm, sizeof(submitted.by.comm));
	submitted.start_ns = now();
	if (bpf_map_update_elem(&requests, &key, &submitted, BPF_NOEXIST) != 0)
		count(KV_LOST_HOST);
}

/* Into the scheduler's queue. The one who issues it from there may be anybody. */
SEC("tp_btf/block_rq_insert")
int BPF_PROG(on_block_insert, struct request *request)
{
	submit(request);
	return 0;
}

/* To the device: the first that is seen of a request that passes the queue by. */
SEC("tp_btf/block_rq_issue")
int BPF_PROG(on_block_issue, struct request *request)
{
	submit(request);
	return 0;
}

/* Its blocks go on as part of another request, and its memory may soon be a new one. */
SEC("tp_btf/block_rq_merge")
int BPF_PROG(on_block_merge, struct request *request)
{
	__u64 key = (__u64)request;
	bpf_map_delete_elem(&requests, &key);
	return 0;
}

SEC("tp_btf/block_rq_complete")
int BPF_PROG(on_block_complete, struct request *request, int error, unsigned int bytes)
{
	__u64 key = (__u64)request;
	struct submitted *submitted = bpf_map_lookup_elem(&requests, &key);
	if (!submitted)
		return 0;
	submitted->bytes += bytes;
	if (bytes < request->__data_len)
		return 0; /* the rest is yet to come */
	__u32 operation = request->cmd_flags & OPERATION;
	struct kv_event event = {
		.kind = KV_EVENT_BLOCK_IO, .tgid = submitted->by.tgid, .tid = submitted->by.tid,
		.start_ns = submitted->start_ns, .size = submitted->bytes,
	};
	event.duration_ns = now() - submitted->start_ns;
	if (operation < OPERATION_PASSED_THROUGH && operation != OPERATION_FLUSH)
		event.address = request->__sector - ((submitted->bytes - bytes) >> 9);
	event.code = (operation & 1) || operation == OPERATION_FLUSH;
	struct gendisk *disk = request->q->disk;
	if (disk)
		event.device = (__u32)disk->major << 20 | disk->first_minor;
	__builtin_memcpy(event.comm, submitted->by.comm, sizeof(event.comm));
	bpf_map_delete_elem(&requests, &key);
	if (!is_target(event.tgid))
		return 0;
	tally(event.tgid, KV_HOST_BLOCK_IO, event.duration_ns, event.size, error != 0);
	send(&event);
	return 0;
}
