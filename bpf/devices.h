/* Which device a thread uses, by number in the runtime and by context in the driver. */
#ifndef KV_DEVICES_H
#define KV_DEVICES_H

#include "threads.h"

/* The device of each context of the driver. */
struct context {
	__u64 address;
	__u32 tgid, padding;
};
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct context);
	__type(value, __u16);
} contexts SEC(".maps");

/* Follows which device the thread uses. Returns 1 if that changed. */
static __always_inline int follow_device(struct thread *thread, const struct kv_function_args *args, __u32 tgid,
					 const struct arguments *arguments, __u64 address)
{
	struct context context = { .address = address, .tgid = tgid };
	__u16 device = arguments->device, before = thread->device;
	if (device && args->address_out)
		bpf_map_update_elem(&contexts, &context, &device, BPF_ANY);
	if (!args->current)
		return 0;
	if (args->current == KV_CURRENT_POPPED) {
		thread->device = thread->device_before;
		return thread->device != before;
	}
	if (!device) {
		__u16 *known = bpf_map_lookup_elem(&contexts, &context);
		device = known ? *known : 0;
	}
	if (args->current == KV_CURRENT_PUSHED)
		thread->device_before = before;
	thread->device = device;
	return device != before;
}

#endif
