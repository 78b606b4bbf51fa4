#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "embed.h"
#include "tracer.h"

EMBED(sched_object, BPF_DIR "/sched.bpf.o");
EMBED(host_object, BPF_DIR "/host.bpf.o");
EMBED(block_object, BPF_DIR "/block.bpf.o");
EMBED(tcp_object, BPF_DIR "/tcp.bpf.o");

#define MAX_LINKS 32

enum event { OFF_CPU, PROCESS, PAGE_FAULT, OOM_KILL, SIGNAL, BLOCK_IO, TCP_RETRANSMIT, TCP_DROP, EVENTS };

static struct host_event events[EVENTS] = {
	[OFF_CPU].name = "off_cpu",
	[PROCESS].name = "process",
	[PAGE_FAULT].name = "page_fault",
	[OOM_KILL].name = "oom_kill",
	[SIGNAL].name = "signal",
	[BLOCK_IO].name = "block_io",
	[TCP_RETRANSMIT].name = "tcp_retransmit",
	[TCP_DROP].name = "tcp_drop",
};

/* What each program is needed for. One that is not here makes an event more complete, and is no loss without. */
static const struct need {
	const char *program;
	__u32 events; /* bits by enum event */
} needs[] = {
	{ "on_switch", 1 << OFF_CPU },
	{ "on_waking", 1 << OFF_CPU },
	{ "on_fork", 1 << PROCESS },
	{ "on_exec", 1 << PROCESS },
	{ "on_exit", 1 << PROCESS },
	{ "on_page_fault_user", 1 << PAGE_FAULT },
	{ "on_oom_kill", 1 << OOM_KILL },
	{ "on_signal", 1 << SIGNAL },
	{ "on_block_insert", 1 << BLOCK_IO },
	{ "on_block_issue", 1 << BLOCK_IO },
	{ "on_block_merge", 1 << BLOCK_IO },
	{ "on_block_complete", 1 << BLOCK_IO },
	{ "on_socket_state", 1 << TCP_RETRANSMIT | 1 << TCP_DROP },
	{ "on_tcp_receive", 1 << TCP_RETRANSMIT | 1 << TCP_DROP },
	{ "on_tcp_retransmit", 1 << TCP_RETRANSMIT },
	{ "on_packet_drop", 1 << TCP_DROP },
};

static struct part {
	const char *name, *from, *to;
	int whole; /* its programs lean on one another: all that are needed, or none */
	struct bpf_object *object;
} parts[] = {
	{ .name = "kv_sched", .from = sched_object, .to = sched_object_end, .whole = 1 },
	{ .name = "kv_host", .from = host_object, .to = host_object_end },
	{ .name = "kv_block", .from = block_object, .to = block_object_end, .whole = 1 },
	{ .name = "kv_tcp", .from = tcp_object, .to = tcp_object_end },
};
#define PARTS (int)(sizeof(parts) / sizeof(parts[0]))

static struct bpf_link *links[MAX_LINKS];
static int link_count;

const struct host_event *host_events(int *count)
{
	*count = EVENTS;
	return events;
}

static __u32 needed_for(const struct bpf_program *program)
{
	for (unsigned i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		if (strcmp(needs[i].program, bpf_program__name(program)) == 0)
			return needs[i].events;
	return 0;
}

/* The first reason is kept: the others often follow from it. */
static void lack(__u32 which, const char *format, const char *what, const char *more)
{
	for (int i = 0; i < EVENTS; i++)
		if ((which & 1u << i) && !events[i].why[0])
			snprintf(events[i].why, sizeof(events[i].why), format, what, more);
}

/* libbpf refuses a whole object for one tracepoint that the kernel's type information does not have. */
static int tracepoint_exists(const struct btf *kernel, const struct bpf_program *program)
{
	char type[128];
	const char *name = strchr(bpf_program__section_name(program), '/');
	if (strncmp(bpf_program__section_name(program), "tp_btf/", 7) != 0)
		return 1;
	snprintf(type, sizeof(type), "btf_trace_%s", name + 1);
	return btf__find_by_name_kind(kernel, type, BTF_KIND_TYPEDEF) > 0;
}

/* Gives the object every map that an earlier one has by the same name. */
static int share_maps(struct bpf_object *object, struct bpf_object *cuda)
{
	struct bpf_map *map;
	bpf_object__for_each_map(map, object) {
		const char *name = bpf_map__name(map);
		int fd = strchr(name, '.') ? -1 : map_fd(cuda, name);
		for (int i = 0; i < PARTS && fd < 0 && !strchr(name, '.'); i++)
			if (parts[i].object && parts[i].object != object)
				fd = map_fd(parts[i].object, name);
		if (fd >= 0 && bpf_map__reuse_fd(map, fd) != 0)
			return -errno;
	}
	return 0;
}

static struct bpf_object *open_part(const struct part *part, struct bpf_object *cuda, const struct kv_config *config)
{
	struct bpf_object *object = open_object(part->name, part->from, part->to, config);
	if (object && share_maps(object, cuda) != 0) {
		bpf_object__close(object);
		return NULL;
	}
	return object;
}

/* Loads the programs whose bits are set, by their order in the object. Returns 0 or a negative errno. */
static int load_part(struct part *part, struct bpf_object *cuda, const struct kv_config *config, __u32 chosen)
{
	struct bpf_program *program;
	int number = 0, error;
	part->object = open_part(part, cuda, config);
	if (!part->object)
		return -errno;
	bpf_object__for_each_program(program, part->object)
		bpf_program__set_autoload(program, chosen >> number++ & 1);
	error = bpf_object__load(part->object);
	if (error) {
		bpf_object__close(part->object);
		part->object = NULL;
	}
	return error;
}

/* The programs that this kernel has tracepoints for. */
static __u32 possible(const struct part *part, const struct kv_config *config, const struct btf *kernel)
{
	struct bpf_program *program;
	__u32 chosen = 0;
	int number = 0;
	struct bpf_object *object = open_object(part->name, part->from, part->to, config);
	if (!object)
		return 0;
	bpf_object__for_each_program(program, object) {
		const char *name = strchr(bpf_program__section_name(program), '/') + 1;
		if (tracepoint_exists(kernel, program))
			chosen |= 1u << number;
		else
			lack(needed_for(program), "this kernel has no tracepoint %s%s", name, "");
		number++;
	}
	bpf_object__close(object);
	return chosen;
}

/* After the kernel has refused them together: those that it takes one by one. */
static __u32 acceptable(struct part *part, struct bpf_object *cuda, const struct kv_config *config, __u32 chosen)
{
	__u32 taken = 0;
	for (int number = 0; number < 32; number++) {
		if (!(chosen >> number & 1))
			continue;
		int error = load_part(part, cuda, config, 1u << number), at = 0;
		struct bpf_program *program;
		struct bpf_object *object = part->object ? part->object : open_part(part, cuda, config);
		part->object = NULL;
		if (!object)
			continue;
		bpf_object__for_each_program(program, object)
			if (at++ == number && error)
				lack(needed_for(program), "the kernel refuses the program on %s: %s",
				     strchr(bpf_program__section_name(program), '/') + 1, strerror(-error));
		bpf_object__close(object);
		taken |= error ? 0 : 1u << number;
	}
	return taken;
}

static int incomplete(__u32 which)
{
	for (int i = 0; i < EVENTS; i++)
		if ((which & 1u << i) && events[i].why[0])
			return 1;
	return 0;
}

static void attach_part(struct part *part)
{
	struct bpf_program *program;
	int before = link_count, failed = 0;
	bpf_object__for_each_program(program, part->object) {
		if (bpf_program__fd(program) < 0 || link_count == MAX_LINKS)
			continue;
		struct bpf_link *link = bpf_program__attach(program);
		if (link) {
			links[link_count++] = link;
			continue;
		}
		failed |= needed_for(program) != 0;
		lack(needed_for(program), "the kernel refuses to attach to %s: %s",
		     strchr(bpf_program__section_name(program), '/') + 1, strerror(errno));
	}
	while (part->whole && failed && link_count > before)
		bpf_link__destroy(links[--link_count]);
}

static void load_whole_or_half(struct part *part, struct bpf_object *cuda, const struct kv_config *config,
			       const struct btf *kernel)
{
	struct bpf_program *program;
	__u32 all = 0, chosen = possible(part, config, kernel);
	int error = chosen ? load_part(part, cuda, config, chosen) : 0;
	if (error && (chosen = acceptable(part, cuda, config, chosen)))
		load_part(part, cuda, config, chosen);
	if (!part->object)
		return;
	bpf_object__for_each_program(program, part->object)
		all |= needed_for(program);
	if (part->whole && incomplete(all))
		lack(all, "%s%s", "it is recorded together with what this kernel does not give", "");
	else
		attach_part(part);
}

void load_host(struct bpf_object *cuda, const struct kv_config *config, struct programs *programs)
{
	struct btf *kernel = btf__load_vmlinux_btf();
	if (!kernel) {
		lack((1u << EVENTS) - 1, "%s%s", "the kernel's type information cannot be read: ", strerror(errno));
		return;
	}
	for (int i = 0; i < PARTS; i++)
		load_whole_or_half(&parts[i], cuda, config, kernel);
	btf__free(kernel);
	programs->with_host = !incomplete(1 << OFF_CPU | 1 << PROCESS);
	if (programs->with_host)
		programs->off_cpu = map_fd(parts[0].object, "off_cpu");
}

void detach_host(void)
{
	while (link_count > 0)
		bpf_link__destroy(links[--link_count]);
}
