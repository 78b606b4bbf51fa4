#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "embed.h"
#include "tracer.h"

EMBED(cuda_object, BPF_DIR "/cuda.bpf.o");

/* From kernel 6.6 on; Debian 12's headers are older. */
#define TRACE_UPROBE_MULTI 48
#define UPROBE_MULTI_RETURN 1u
struct link_create_attr {
	__u32 prog_fd, target_fd, attach_type, flags;
	__u64 path, offsets, ref_ctr_offsets, cookies;
	__u32 count, multi_flags, pid;
	__u32 padding[9];
};

static struct bpf_object *cuda;
static struct bpf_link **links;
static int link_count, link_room;
static int *multi_links;
static int multi_count, multi_room;
static const struct programs *current;

static int refuse(char *why, size_t size, const char *what, int error)
{
	snprintf(why, size, "%s: %s", what, strerror(error < 0 ? -error : error));
	return -1;
}

/* A full table of links is no reason to lose the ones in it. */
static int grow(void **table, int count, int *room, size_t each)
{
	if (count < *room)
		return 0;
	int wanted = *room ? *room * 2 : 512;
	void *larger = realloc(*table, wanted * each);
	if (!larger)
		return -1;
	*table = larger;
	*room = wanted;
	return 0;
}

static int multi_link(struct bpf_program *program, const char *file, const struct place *places, int count, __u32 flags)
{
	unsigned long offsets[KV_MAX_FUNCTIONS * 3];
	__u64 cookies[KV_MAX_FUNCTIONS * 3];
	for (int i = 0; i < count; i++) {
		offsets[i] = places[i].offset;
		cookies[i] = places[i].function;
	}
	struct link_create_attr attr = {
		.prog_fd = bpf_program__fd(program), .attach_type = TRACE_UPROBE_MULTI,
		.path = (unsigned long)file, .offsets = (unsigned long)offsets,
		.cookies = (unsigned long)cookies, .count = count, .multi_flags = flags,
	};
	return syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));
}

/* A kernel that knows uprobe_multi says of a folder that it is no file; an older one does not know the question. */
static int multi_works(struct bpf_program *program)
{
	struct place place = { .offset = 1 };
	return multi_link(program, "/", &place, 1, 0) < 0 && errno == EBADF;
}

struct bpf_object *open_object(const char *name, const char *from, const char *to, const struct kv_config *config)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = name);
	struct bpf_object *object = bpf_object__open_mem(from, to - from, &opts);
	struct bpf_map *map;
	if (!object)
		return NULL;
	bpf_object__for_each_map(map, object)
		if (strstr(bpf_map__name(map), ".rodata"))
			bpf_map__set_initial_value(map, config, sizeof(*config));
	return object;
}

int map_fd(const struct bpf_object *object, const char *name)
{
	return bpf_object__find_map_fd_by_name(object, name);
}

static int load_cuda(const struct options *options, const struct kv_config *config, int multi, struct programs *programs)
{
	cuda = open_object("kv_cuda", cuda_object, cuda_object_end, config);
	if (!cuda)
		return -errno;
	programs->enter = bpf_object__find_program_by_name(cuda, "on_enter");
	programs->leave = bpf_object__find_program_by_name(cuda, "on_return");
	programs->multi = multi;
	if (multi) {
		bpf_program__set_expected_attach_type(programs->enter, TRACE_UPROBE_MULTI);
		bpf_program__set_expected_attach_type(programs->leave, TRACE_UPROBE_MULTI);
	}
	if (options->call_ring_bytes)
		bpf_map__set_max_entries(bpf_object__find_map_by_name(cuda, "calls"), options->call_ring_bytes);
	return bpf_object__load(cuda);
}

int load_programs(const struct options *options, __u64 start_ns, struct programs *programs, char *why, size_t why_size)
{
	struct kv_config config = {
		.start_ns = start_ns, .min_duration_ns = options->min_duration_ns, .only_targets = options->chosen,
		.sample_every = options->sample_every, .with_stacks = options->stacks,
		.min_off_cpu_ns = options->min_off_cpu_ns, .first_host_function = function_count - KV_HOST_FUNCTIONS,
	};
	*programs = (struct programs){ .off_cpu = -1 };
	current = programs;
	int error = load_cuda(options, &config, !options->perf, programs);
	if (!error && programs->multi && !multi_works(programs->enter)) {
		bpf_object__close(cuda);
		error = load_cuda(options, &config, 0, programs);
	}
	if (error)
		return refuse(why, why_size, "the kernel refuses the CUDA programs", error);
	programs->targets = map_fd(cuda, "targets");
	programs->counters = map_fd(cuda, "counters");
	programs->aggregates = map_fd(cuda, "aggregates");
	programs->host_ring = map_fd(cuda, "host");
	programs->call_ring = map_fd(cuda, "calls");
	programs->pythons = map_fd(cuda, "pythons");
	int descriptors = map_fd(cuda, "functions");
	for (__u32 i = 0; i < function_count; i++)
		if (bpf_map_update_elem(descriptors, &i, &functions[i].args, BPF_ANY) != 0)
			return refuse(why, why_size, "the table of functions could not be stored", errno);
	if (!options->no_host)
		load_host(cuda, &config, programs);
	return 0;
}

static int attach_multi(const char *file, const struct place *places, int count)
{
	if (grow((void **)&multi_links, multi_count + 1, &multi_room, sizeof(*multi_links)) != 0)
		return -1;
	int leave = multi_link(current->leave, file, places, count, UPROBE_MULTI_RETURN);
	if (leave < 0)
		return -1;
	int enter = multi_link(current->enter, file, places, count, 0);
	if (enter < 0) {
		int error = errno;
		close(leave);
		errno = error;
		return -1;
	}
	multi_links[multi_count++] = leave;
	multi_links[multi_count++] = enter;
	return 0;
}

static int attach_one(struct bpf_program *program, const char *file, const struct place *place, int at_return)
{
	LIBBPF_OPTS(bpf_uprobe_opts, opts, .bpf_cookie = place->function, .retprobe = at_return);
	if (grow((void **)&links, link_count, &link_room, sizeof(*links)) != 0)
		return -1;
	struct bpf_link *link = bpf_program__attach_uprobe_opts(program, -1, file, place->offset, &opts);
	if (!link)
		return -1;
	links[link_count++] = link;
	return 0;
}

/* Returns come first: a return without its entry is recognised, an entry whose return is not seen is not. */
int attach_places(const char *file, const struct place *places, int count)
{
	if (current->multi)
		return attach_multi(file, places, count);
	int before = link_count;
	for (int i = 0; i < 2 * count; i++) {
		int at_return = i < count;
		if (attach_one(at_return ? current->leave : current->enter, file, &places[i % count], at_return) == 0)
			continue;
		int error = errno;
		while (link_count > before)
			bpf_link__destroy(links[--link_count]);
		errno = error;
		return -1;
	}
	return 0;
}

/* Entries go before the returns of the same file. The kernel does all of this too when the helper is killed. */
void detach_all(void)
{
	while (multi_count > 0)
		close(multi_links[--multi_count]);
	while (link_count > 0)
		bpf_link__destroy(links[--link_count]);
	detach_host();
}
