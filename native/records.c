#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "tracer.h"
#include "writer.h"

#define MAGIC 0x5254564bu /* "KVTR" */

static __u64 trace_start_ns;
static int cpus;

__u64 monotonic_ns(void)
{
	struct timespec at;
	clock_gettime(CLOCK_MONOTONIC, &at);
	return at.tv_sec * 1000000000ULL + at.tv_nsec;
}

__u64 since_start(void)
{
	return monotonic_ns() - trace_start_ns;
}

void begin_records(__u64 start_ns)
{
	trace_start_ns = start_ns;
	cpus = libbpf_num_possible_cpus();
}

void put_meta(const struct options *options, const struct programs *programs)
{
	struct writer record;
	struct utsname kernel;
	struct timespec wall;
	uname(&kernel);
	clock_gettime(CLOCK_REALTIME, &wall);
	start(&record, KV_META);
	ADD(&record, __u32, MAGIC);
	ADD(&record, __u16, FORMAT_VERSION);
	ADD(&record, __u16, programs->multi | programs->with_host << 1 | options->chosen << 2);
	ADD(&record, __u64, wall.tv_sec * 1000000000ULL + wall.tv_nsec - since_start());
	ADD(&record, __u64, trace_start_ns);
	ADD(&record, __u64, options->min_duration_ns);
	ADD(&record, __u32, cpus);
	ADD(&record, __u32, getpid());
	add_text(&record, kernel.release);
	put(&record);
}

void put_functions(void)
{
	struct writer record;
	for (unsigned i = 0; i < function_count; i++) {
		start(&record, KV_FUNCTION);
		ADD(&record, __u16, i);
		ADD(&record, __u8, functions[i].layer);
		ADD(&record, __u8, functions[i].class);
		add_text(&record, functions[i].name);
		put(&record);
	}
}

void put_library(const struct library *library, int probes, int status, int error, const char *build_id,
		 const char *message)
{
	struct writer record;
	start(&record, KV_LIBRARY);
	ADD(&record, __u32, library->pid);
	ADD(&record, __u64, since_start());
	ADD(&record, __u64, library->device);
	ADD(&record, __u64, library->inode);
	ADD(&record, __u32, probes);
	ADD(&record, __u8, library->kind);
	ADD(&record, __u8, status);
	ADD(&record, __u16, error);
	add_text(&record, library->path);
	add_text(&record, build_id);
	add_text(&record, message);
	put(&record);
}

static void put_aggregate(const struct kv_aggregate_key *key, const struct kv_aggregate *total)
{
	struct writer record;
	__u32 used = 0;
	for (int i = 0; i < KV_BUCKETS; i++)
		used += total->buckets[i] != 0;
	start(&record, KV_AGGREGATE);
	add(&record, key, sizeof(*key));
	ADD(&record, __u64, since_start());
	ADD(&record, __u64, total->sum_ns);
	ADD(&record, __u64, total->max_ns);
	ADD(&record, __u64, total->bytes);
	ADD(&record, __u64, total->errors);
	ADD(&record, __u32, used);
	for (int i = 0; i < KV_BUCKETS; i++) {
		if (!total->buckets[i])
			continue;
		ADD(&record, __u32, i);
		ADD(&record, __u32, total->buckets[i]);
	}
	put(&record);
}

/* Sends the totals so far, of every process or of one that has ended, whose entries are then given back. */
void put_aggregates(const struct programs *programs, __u32 only_tgid)
{
	struct kv_aggregate_key key, next;
	struct kv_aggregate total;
	int more = bpf_map_get_next_key(programs->aggregates, NULL, &next) == 0;
	while (more) {
		key = next;
		more = bpf_map_get_next_key(programs->aggregates, &key, &next) == 0;
		if (only_tgid && key.tgid != only_tgid)
			continue;
		if (bpf_map_lookup_elem(programs->aggregates, &key, &total) != 0)
			continue;
		put_aggregate(&key, &total);
		if (only_tgid)
			bpf_map_delete_elem(programs->aggregates, &key);
	}
}

static void put_drop(__u32 counter, __u32 cpu, __u64 total)
{
	struct writer record;
	start(&record, KV_DROP);
	ADD(&record, __u32, counter);
	ADD(&record, __u32, cpu);
	ADD(&record, __u64, since_start());
	ADD(&record, __u64, total);
	put(&record);
}

/* Sends every counter that has moved since it was last sent. Once the probes are being taken away, returns without
 * their entries are no news: their calls came after the trace. */
void put_drops(const struct programs *programs, int detached)
{
	static __u64 *sent, sent_queue;
	__u64 values[cpus];
	if (!sent && !(sent = calloc(KV_COUNTERS * cpus, sizeof(*sent))))
		return;
	for (__u32 counter = 0; counter < KV_COUNTERS; counter++) {
		if (detached && counter == KV_UNMATCHED)
			continue;
		if (bpf_map_lookup_elem(programs->counters, &counter, values) != 0)
			continue;
		for (int cpu = 0; cpu < cpus; cpu++) {
			if (values[cpu] == sent[counter * cpus + cpu])
				continue;
			sent[counter * cpus + cpu] = values[cpu];
			put_drop(counter, cpu, values[cpu]);
		}
	}
	if (queue_lost() != sent_queue)
		put_drop(KV_LOST_QUEUE, 0, sent_queue = queue_lost());
}

void put_open_stretches(const struct programs *programs)
{
	__u32 tid, next;
	struct kv_off_cpu off;
	if (programs->off_cpu < 0)
		return;
	int more = bpf_map_get_next_key(programs->off_cpu, NULL, &next) == 0;
	while (more) {
		tid = next;
		more = bpf_map_get_next_key(programs->off_cpu, &tid, &next) == 0;
		if (bpf_map_lookup_elem(programs->off_cpu, &tid, &off) != 0 || (off.flags & KV_OFF_OVER))
			continue;
		off.end_ns = since_start();
		off.flags |= KV_OFF_OPEN;
		queue_put(&off, sizeof(off), 0);
	}
}

void put_end(int reason)
{
	struct writer record;
	start(&record, KV_END);
	ADD(&record, __u32, reason);
	ADD(&record, __u64, since_start());
	put(&record);
}
