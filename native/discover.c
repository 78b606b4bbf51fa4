#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "elf-file.h"
#include "mappings.h"
#include "processes.h"
#include "python.h"
#include "tracer.h"

#define SEEN_SLOTS 65536 /* a power of two; half of it is used at most */
#define PLACES (KV_MAX_FUNCTIONS * 3)
#define LOOKED 8192
#define LOOK_ROUNDS 10

static __u64 seen[SEEN_SLOTS];
static int seen_count;
static int probed_files;

/* 1 the first time that this file is asked about. When the table is full, new files are not probed. */
static int is_new(const struct stat *file)
{
	__u64 hash = 1469598103934665603ULL;
	__u64 parts[] = { file->st_dev, file->st_ino, file->st_ctim.tv_sec, file->st_ctim.tv_nsec };
	for (int i = 0; i < 4; i++)
		hash = (hash ^ parts[i]) * 0x9E3779B97F4A7C15ULL ^ (hash >> 29);
	if (!hash)
		hash = 1;
	for (unsigned slot = hash & (SEEN_SLOTS - 1);; slot = (slot + 1) & (SEEN_SLOTS - 1)) {
		if (seen[slot] == hash)
			return 0;
		if (seen[slot])
			continue;
		if (seen_count >= SEEN_SLOTS / 2)
			return 0;
		seen[slot] = hash;
		seen_count++;
		return 1;
	}
}

/* 0 if the process has as much memory mapped as when it was last looked at: then it has loaded nothing, and its mappings,
 * which are dear to read, need not be. What cancels out is found after some rounds. */
static int may_have_loaded(pid_t pid)
{
	static struct { pid_t pid; unsigned long pages; unsigned rounds; } looked[LOOKED];
	char file[64];
	unsigned long pages = 0;
	unsigned slot = pid % LOOKED;
	snprintf(file, sizeof(file), "/proc/%d/statm", pid);
	FILE *statm = fopen(file, "re");
	if (!statm)
		return 0;
	if (fscanf(statm, "%lu", &pages) != 1)
		pages = 0;
	fclose(statm);
	if (looked[slot].pid == pid && looked[slot].pages == pages && ++looked[slot].rounds < LOOK_ROUNDS)
		return 0;
	looked[slot].pid = pid;
	looked[slot].pages = pages;
	looked[slot].rounds = 0;
	return 1;
}

static int library_kind(const char *path)
{
	const char *name = strrchr(path, '/');
	if (!name || !strstr(name, ".so"))
		return 0;
	if (strncmp(name, "/libcudart", 10) == 0)
		return LIBRARY_RUNTIME;
	if (strncmp(name, "/libnccl.so", 11) == 0)
		return LIBRARY_NCCL;
	return strncmp(name, "/libcuda.so", 11) == 0 ? LIBRARY_DRIVER : 0;
}

static void probe_file(const struct options *options, int fd, const char *file, struct library *library)
{
	static struct place places[PLACES];
	struct findings found;
	int is_library = library->kind != LIBRARY_EXECUTABLE;
	int count = find_functions(options, fd, places, PLACES, &found);
	if (count <= 0) {
		/* Most executables have nothing to do with CUDA; a library of that name should. */
		if (is_library)
			put_library(library, 0, LIBRARY_NO_FUNCTIONS, 0, found.build_id,
				    "it defines none of the functions that kv knows");
		else if (found.stripped && !library->embedded)
			put_library(library, 0, LIBRARY_STRIPPED, 0, found.build_id,
				    "CUDA's runtime is linked into it, and it has no symbols: what it asks of the runtime "
				    "cannot be seen, what that asks of the driver is recorded; build it without -s to see both");
		return;
	}
	if (attach_places(file, places, count) != 0) {
		int error = errno;
		put_library(library, 0, LIBRARY_FAILED, error, found.build_id, strerror(error));
		return;
	}
	probed_files++;
	put_library(library, count, LIBRARY_ATTACHED, 0, found.build_id, "");
}

/* `file` is a path of ours, `library->path` the one its process uses. What is read is what gets the probes: the path can
 * lead elsewhere by then, and a probe amid an instruction of another file would crash whoever runs that. */
static void probe(const struct options *options, const char *file, struct library *library)
{
	struct stat status;
	char self[64];
	if (options->no_nccl && library->kind == LIBRARY_NCCL)
		return;
	int fd = open_regular(file, &status);
	if (fd < 0)
		return;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (status.st_dev == library->device && status.st_ino == library->inode)
		probe_file(options, fd, self, library);
	close(fd);
}

struct visit {
	const struct options *options;
	const struct programs *programs;
	pid_t pid;
	int uses_cuda, python;
};

static int visit_library(void *context, const struct mapping *mapping)
{
	struct visit *visit = context;
	char file[PATH_MAX + 64];
	struct stat status;
	int kind = mapping->executable ? library_kind(mapping->path) : 0;
	if (!kind)
		return 0;
	visit->uses_cuda = 1;
	if (mapped_file(visit->pid, mapping, file, sizeof(file), &status) != 0 || !is_new(&status))
		return 0;
	struct library library = { visit->pid, mapping->path, status.st_dev, status.st_ino, kind, 0 };
	probe(visit->options, file, &library);
	return 0;
}

/* A library of other people's, which may have CUDA's runtime linked into it. */
static int visit_other(void *context, const struct mapping *mapping)
{
	struct visit *visit = context;
	char file[PATH_MAX + 64];
	struct stat status;
	if (visit->options->stacks && !visit->python)
		visit->python = note_python(visit->programs, visit->pid, mapping);
	if (!visit->uses_cuda || !mapping->executable || !strstr(mapping->path, ".so") || library_kind(mapping->path))
		return 0;
	struct stat shallow = { .st_dev = mapping->device, .st_ino = mapping->inode };
	if (!is_new(&shallow) || mapped_file(visit->pid, mapping, file, sizeof(file), &status) != 0)
		return 0;
	struct library library = { visit->pid, mapping->path, status.st_dev, status.st_ino, LIBRARY_EXECUTABLE, 1 };
	if (is_new(&status))
		probe(visit->options, file, &library);
	return 0;
}

static void visit_executable(const struct options *options, pid_t pid)
{
	char file[64], path[PATH_MAX];
	struct stat status;
	snprintf(file, sizeof(file), "/proc/%d/exe", pid);
	ssize_t length = readlink(file, path, sizeof(path) - 1);
	if (length <= 0 || stat(file, &status) != 0 || !is_new(&status))
		return;
	path[length] = 0;
	struct library library = { pid, path, status.st_dev, status.st_ino, LIBRARY_EXECUTABLE, 0 };
	probe(options, file, &library);
}

static void visit_process(const struct options *options, const struct programs *programs, pid_t pid)
{
	struct visit visit = { .options = options, .programs = programs, .pid = pid };
	int before = probed_files;
	if (!may_have_loaded(pid) || each_mapping(pid, visit_library, &visit) < 0)
		return;
	visit_executable(options, pid);
	if (visit.uses_cuda || (options->chosen && options->stacks))
		each_mapping(pid, visit_other, &visit);
	int uses_cuda = visit.uses_cuda || probed_files > before;
	if (!options->chosen && uses_cuda)
		add_target(programs, pid);
	if (uses_cuda)
		process_expect(pid);
}

int discover(const struct options *options, const struct programs *programs)
{
	struct stat status;
	for (int i = 0; i < options->library_count; i++) {
		const char *path = options->libraries[i];
		if (stat(path, &status) != 0 || !is_new(&status))
			continue;
		int kind = library_kind(path);
		struct library library = { 0, path, status.st_dev, status.st_ino, kind ? kind : LIBRARY_EXECUTABLE, 0 };
		probe(options, path, &library);
	}
	DIR *proc = opendir("/proc");
	if (!proc)
		return probed_files;
	pid_t pid;
	while ((pid = next_process(proc)))
		if (!options->chosen || is_target(programs, pid))
			visit_process(options, programs, pid);
	closedir(proc);
	return probed_files;
}
