/* Which processes are recorded, where they were chosen: by number with their descendants, or by control group. */
#include <bpf/bpf.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tracer.h"

#define HIERARCHIES "/sys/fs/cgroup"
#define DEEPEST_GROUP 32

pid_t next_process(DIR *proc)
{
	struct dirent *entry;
	while ((entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0]))
			return atoi(entry->d_name);
	return 0;
}

int is_target(const struct programs *programs, pid_t pid)
{
	__u32 key = pid, value;
	return bpf_map_lookup_elem(programs->targets, &key, &value) == 0;
}

int add_target(const struct programs *programs, pid_t pid)
{
	__u32 key = pid, one = 1;
	if (bpf_map_update_elem(programs->targets, &key, &one, BPF_NOEXIST) != 0)
		return 0;
	put_seen(pid);
	return 1;
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
static void add_descendants(const struct programs *programs)
{
	int added = 1;
	while (added) {
		DIR *proc = opendir("/proc");
		pid_t pid;
		added = 0;
		while (proc && (pid = next_process(proc))) {
			pid_t parent = parent_of(pid);
			if (parent && is_target(programs, parent))
				added |= add_target(programs, pid);
		}
		if (proc)
			closedir(proc);
	}
}

/* A group, the groups below it, and its processes; only the latter if there is no `visit`. Returns how many groups. */
static int visit_group(const char *path, int depth, void (*visit)(void *context, pid_t pid), void *context)
{
	char inside[PATH_MAX];
	int pid, groups = 0;
	snprintf(inside, sizeof(inside), "%s/cgroup.procs", path);
	FILE *members = fopen(inside, "re");
	if (!members)
		return 0;
	while (visit && fscanf(members, "%d", &pid) == 1)
		if (pid > 0)
			visit(context, pid);
	fclose(members);
	groups++;
	DIR *folder = visit && depth < DEEPEST_GROUP ? opendir(path) : NULL;
	struct dirent *entry;
	while (folder && (entry = readdir(folder))) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		if (snprintf(inside, sizeof(inside), "%s/%s", path, entry->d_name) < (int)sizeof(inside))
			groups += visit_group(inside, depth + 1, visit, context);
	}
	if (folder)
		closedir(folder);
	return groups;
}

/* Of version 2 there is one hierarchy; of version 1 there are several, each a folder, and a group can be in any. */
static int visit_hierarchies(const char *group, void (*visit)(void *context, pid_t pid), void *context)
{
	char path[PATH_MAX];
	int groups = 0;
	struct dirent *entry;
	const char *below = group + strspn(group, "/");
	if (access(HIERARCHIES "/cgroup.procs", F_OK) == 0) {
		snprintf(path, sizeof(path), HIERARCHIES "/%s", below);
		return visit_group(path, 0, visit, context);
	}
	DIR *folder = opendir(HIERARCHIES);
	while (folder && (entry = readdir(folder))) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		if (snprintf(path, sizeof(path), HIERARCHIES "/%s/%s", entry->d_name, below) < (int)sizeof(path))
			groups += visit_group(path, 0, visit, context);
	}
	if (folder)
		closedir(folder);
	return groups;
}

int group_exists(const char *group)
{
	return visit_hierarchies(group, NULL, NULL) > 0;
}

static void add_member(void *programs, pid_t pid)
{
	if (pid != getpid())
		add_target(programs, pid);
}

/* Without the scheduler's programs nobody else notices that a process has exited. */
static void remove_exited(const struct programs *programs)
{
	__u32 pid, next;
	int more = bpf_map_get_next_key(programs->targets, NULL, &next) == 0;
	while (more) {
		pid = next;
		more = bpf_map_get_next_key(programs->targets, &pid, &next) == 0;
		if (kill(pid, 0) != 0 && errno == ESRCH)
			bpf_map_delete_elem(programs->targets, &pid);
	}
}

void first_targets(const struct options *options, const struct programs *programs)
{
	for (int i = 0; i < options->pid_count; i++)
		add_target(programs, options->pids[i]);
	add_descendants(programs);
	for (int i = 0; i < options->cgroup_count; i++)
		visit_hierarchies(options->cgroups[i], add_member, (void *)programs);
}

void more_targets(const struct options *options, const struct programs *programs)
{
	for (int i = 0; i < options->cgroup_count; i++)
		visit_hierarchies(options->cgroups[i], add_member, (void *)programs);
	if (!programs->with_host)
		remove_exited(programs);
}

int targets_gone(const struct options *options, const struct programs *programs)
{
	__u32 key;
	if (bpf_map_get_next_key(programs->targets, NULL, &key) == 0)
		return 0;
	for (int i = 0; i < options->cgroup_count; i++)
		if (group_exists(options->cgroups[i]))
			return 0;
	return 1;
}
