#include <bpf/bpf.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tracer.h"

#define SEEN_SLOTS 65536 /* a power of two; half of it is used at most */
#define PLACES (KV_MAX_FUNCTIONS * 3)

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

static int library_kind(const char *path)
{
	const char *name = strrchr(path, '/');
	if (!name || !strstr(name, ".so"))
		return 0;
	if (strncmp(name, "/libcudart", 10) == 0)
		return LIBRARY_RUNTIME;
	return strncmp(name, "/libcuda.so", 11) == 0 ? LIBRARY_DRIVER : 0;
}

/* Probes one file. `file` is a path of ours, `library->path` the one its process uses. */
static void probe(const char *file, struct library *library)
{
	static struct place places[PLACES];
	char build_id[65];
	int count = find_functions(file, places, PLACES, build_id, sizeof(build_id));
	if (count <= 0) {
		/* Most executables have nothing to do with CUDA; a library of that name should. */
		if (library->kind != LIBRARY_EXECUTABLE)
			put_library(library, 0, LIBRARY_NO_FUNCTIONS, 0, build_id, "it defines none of the functions that kv knows");
		return;
	}
	if (attach_places(file, places, count) != 0) {
		int error = errno;
		put_library(library, 0, LIBRARY_FAILED, error, build_id, strerror(error));
		return;
	}
	probed_files++;
	put_library(library, count, LIBRARY_ATTACHED, 0, build_id, "");
}

static void add_target(const struct options *options, const struct programs *programs, pid_t pid)
{
	__u32 key = pid, one = 1;
	if (options->pid_count == 0 && bpf_map_update_elem(programs->targets, &key, &one, BPF_NOEXIST) == 0)
		put_seen(pid);
}

/* A line of /proc/PID/maps: range, permissions, offset, device, inode, path. Returns 1 if it is CUDA's. */
static int visit_mapping(pid_t pid, char *line)
{
	char permissions[8], range[64], file[PATH_MAX + 64];
	unsigned long long inode;
	int path_at = 0;
	struct stat status;
	if (sscanf(line, "%63s %7s %*s %*s %llu %n", range, permissions, &inode, &path_at) < 3 || !path_at)
		return 0;
	char *path = line + path_at;
	path[strcspn(path, "\n")] = 0;
	int kind = library_kind(path);
	if (!kind || !strchr(permissions, 'x'))
		return 0;
	snprintf(file, sizeof(file), "/proc/%d/root%s", pid, path);
	if (stat(file, &status) != 0 || status.st_ino != inode) {
		/* Replaced or deleted since it was mapped: this way leads to the one in use. */
		snprintf(file, sizeof(file), "/proc/%d/map_files/%s", pid, range);
		if (stat(file, &status) != 0)
			return 1;
	}
	struct library library = { pid, path, status.st_dev, status.st_ino, kind };
	if (is_new(&status))
		probe(file, &library);
	return 1;
}

static void visit_executable(pid_t pid)
{
	char file[64], path[PATH_MAX];
	struct stat status;
	snprintf(file, sizeof(file), "/proc/%d/exe", pid);
	ssize_t length = readlink(file, path, sizeof(path) - 1);
	if (length <= 0 || stat(file, &status) != 0 || !is_new(&status))
		return;
	path[length] = 0;
	struct library library = { pid, path, status.st_dev, status.st_ino, LIBRARY_EXECUTABLE };
	probe(file, &library);
}

static void visit_process(const struct options *options, const struct programs *programs, pid_t pid)
{
	char file[64], *line = NULL;
	size_t room = 0;
	int before = probed_files, uses_cuda = 0;
	snprintf(file, sizeof(file), "/proc/%d/maps", pid);
	FILE *maps = fopen(file, "re");
	if (!maps)
		return;
	while (getline(&line, &room, maps) > 0)
		uses_cuda |= visit_mapping(pid, line);
	free(line);
	fclose(maps);
	visit_executable(pid);
	if (uses_cuda || probed_files > before)
		add_target(options, programs, pid);
}

static pid_t next_process(DIR *proc)
{
	struct dirent *entry;
	while ((entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0]))
			return atoi(entry->d_name);
	return 0;
}

int discover(const struct options *options, const struct programs *programs)
{
	struct stat status;
	for (int i = 0; i < options->library_count; i++) {
		const char *path = options->libraries[i];
		if (stat(path, &status) != 0 || !is_new(&status))
			continue;
		int kind = library_kind(path);
		struct library library = { 0, path, status.st_dev, status.st_ino, kind ? kind : LIBRARY_EXECUTABLE };
		probe(path, &library);
	}
	DIR *proc = opendir("/proc");
	if (!proc)
		return probed_files;
	pid_t pid;
	__u32 key;
	while ((pid = next_process(proc))) {
		key = pid;
		__u32 value;
		if (options->pid_count == 0 || bpf_map_lookup_elem(programs->targets, &key, &value) == 0)
			visit_process(options, programs, pid);
	}
	closedir(proc);
	return probed_files;
}

static pid_t parent_of(pid_t pid)
{
	char file[64], text[512];
	int parent = 0;
	snprintf(file, sizeof(file), "/proc/%d/stat", pid);
	FILE *stat_file = fopen(file, "re");
	if (!stat_file)
		return 0;
	size_t length = fread(text, 1, sizeof(text) - 1, stat_file);
	fclose(stat_file);
	text[length] = 0;
	char *after_name = strrchr(text, ')');
	return after_name && sscanf(after_name, ") %*c %d", &parent) == 1 ? parent : 0;
}

/* Children that a target had before the trace began are targets too; later ones the kernel adds when they fork. */
void add_descendants(const struct options *options, const struct programs *programs)
{
	int added = 1;
	for (int i = 0; i < options->pid_count; i++)
		put_seen(options->pids[i]);
	while (added) {
		DIR *proc = opendir("/proc");
		pid_t pid;
		added = 0;
		while (proc && (pid = next_process(proc))) {
			__u32 key = pid, parent = parent_of(pid), value = 1;
			if (!parent || bpf_map_lookup_elem(programs->targets, &parent, &value) != 0)
				continue;
			value = 1;
			if (bpf_map_update_elem(programs->targets, &key, &value, BPF_NOEXIST) != 0)
				continue;
			put_seen(pid);
			added = 1;
		}
		if (proc)
			closedir(proc);
	}
}
