#include <bpf/bpf.h>
#include <string.h>

#include "python.h"
#include "stacks.h"
#include "tracer.h"

#define SETS (1 << 14)
#define WAYS 4

/* Which stacks have been sent, as far as a table of this size remembers: one that it has forgotten is sent again, by
 * another number. Stacks are known by 128 bits of hash, so that they need not be kept. */
struct known {
	__u64 hash[2];
	__u32 number;
};

static struct known table[SETS][WAYS];
static __u32 sent;

/* The finalizer of MurmurHash3. */
static __u64 mix(__u64 value)
{
	value = (value ^ (value >> 33)) * 0xff51afd7ed558ccdULL;
	value = (value ^ (value >> 33)) * 0xc4ceb9fe1a85ec53ULL;
	return value ^ (value >> 33);
}

static void hash_of(__u32 program, const struct kv_call_with_stack *call, __u64 hash[2])
{
	unsigned words = call->native + 2 * call->python;
	hash[0] = mix(program + 1ULL);
	hash[1] = mix(((__u64)call->native << 32 | call->python) + 1);
	for (unsigned i = 0; i < words; i++) {
		hash[0] = mix(hash[0] ^ call->words[i]);
		hash[1] = mix(hash[1] + call->words[i] * 0x9E3779B97F4A7C15ULL);
	}
}

/* 0 if the stream has no room for it. */
static __u32 send(const struct programs *programs, struct process *process, const struct kv_call_with_stack *call)
{
	struct line lines[KV_MAX_PYTHON];
	unsigned count = 0;
	const __u64 *frames = call->words + call->native;
	struct kv_python python;
	__u32 tgid = call->call.tgid;
	int readable = call->python && bpf_map_lookup_elem(programs->pythons, &tgid, &python) == 0;
	for (unsigned i = 0; i < call->native; i++)
		process_covers(process, call->words[i]);
	for (unsigned i = 0; readable && i < call->python; i++) {
		struct python_frame frame = { tgid, process_program(process), frames[2 * i], frames[2 * i + 1] };
		if (python_line(&python, &frame, &lines[count]) == 0)
			count++;
	}
	return put_stack(sent + 1, call, lines, count) == 0 ? ++sent : 0;
}

__u32 stack_of(const struct programs *programs, struct process *process, const struct kv_call_with_stack *call)
{
	__u64 hash[2];
	if (call->native + call->python == 0)
		return 0;
	hash_of(process_program(process), call, hash);
	struct known *set = table[hash[0] & (SETS - 1)], *oldest = set;
	for (int way = 0; way < WAYS; way++) {
		if (set[way].number && set[way].hash[0] == hash[0] && set[way].hash[1] == hash[1])
			return set[way].number;
		if (set[way].number < oldest->number)
			oldest = &set[way];
	}
	__u32 number = send(programs, process, call);
	if (number)
		*oldest = (struct known){ { hash[0], hash[1] }, number };
	return number;
}
