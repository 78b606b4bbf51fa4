#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mappings.h"
#include "python.h"
#include "tracer.h"
#include "writer.h"

static size_t read_proc(pid_t pid, const char *what, char *into, size_t size)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/%s", pid, what);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? 0 : read(fd, into, size - 1);
	if (fd >= 0)
		close(fd);
	if (length < 0)
		length = 0;
	into[length] = 0;
	return length;
}

/* The longest path of all hierarchies: with version 2 there is one, and with version 1 some are often the root. */
static void cgroup_path(pid_t pid, char *into, size_t size)
{
	char text[4096], *rest;
	into[0] = 0;
	read_proc(pid, "cgroup", text, sizeof(text));
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *path = strchr(line, '/');
		if (path && strlen(path) > strlen(into))
			snprintf(into, size, "%s", path);
	}
}

void put_process(const struct kv_process *process)
{
	struct writer record = { .length = 0 };
	char command[LONGEST_TEXT + 1] = "", cgroup[LONGEST_TEXT + 1] = "";
	if (process->change != KV_PROCESS_EXIT) {
		size_t length = read_proc(process->tgid, "cmdline", command, sizeof(command));
		for (size_t i = 0; i + 1 < length; i++)
			if (!command[i])
				command[i] = ' ';
		cgroup_path(process->tgid, cgroup, sizeof(cgroup));
	}
	add(&record, process, sizeof(*process));
	add_text(&record, command);
	add_text(&record, cgroup);
	put(&record);
}

void put_seen(pid_t pid)
{
	struct kv_process process = { .type = KV_PROCESS, .tgid = pid, .change = KV_PROCESS_SEEN, .time_ns = since_start() };
	char comm[32];
	size_t length = read_proc(pid, "comm", comm, sizeof(comm));
	if (length > 0 && length <= KV_COMM_LENGTH)
		memcpy(process.comm, comm, length - 1);
	put_process(&process);
}

int put_mapping(__u32 tgid, const struct mapping *mapping, const char *build_id)
{
	struct writer record;
	start(&record, KV_MAPPING);
	ADD(&record, __u32, tgid);
	ADD(&record, __u64, since_start());
	ADD(&record, __u64, mapping->start);
	ADD(&record, __u64, mapping->end);
	ADD(&record, __u64, mapping->offset);
	ADD(&record, __u64, mapping->device);
	ADD(&record, __u64, mapping->inode);
	add_text(&record, mapping->path);
	add_text(&record, build_id);
	return put(&record);
}

int put_stack(__u32 number, const struct kv_call_with_stack *call, const struct line *lines, unsigned count)
{
	struct writer record;
	start(&record, KV_STACK);
	ADD(&record, __u32, number);
	ADD(&record, __u32, call->call.tgid);
	ADD(&record, __u64, since_start());
	ADD(&record, __u32, call->native == KV_MAX_STACK || call->python == KV_MAX_PYTHON);
	ADD(&record, __u16, call->native);
	ADD(&record, __u16, count);
	add(&record, call->words, call->native * sizeof(call->words[0]));
	for (unsigned i = 0; i < count; i++) {
		ADD(&record, __u32, lines[i].code);
		ADD(&record, __u32, lines[i].line);
	}
	return put(&record);
}

int put_code(__u32 number, __u32 tgid, __u32 first_line, const char *name, const char *file)
{
	struct writer record;
	start(&record, KV_CODE);
	ADD(&record, __u32, number);
	ADD(&record, __u32, tgid);
	ADD(&record, __u32, first_line);
	add_text(&record, name);
	add_text(&record, file);
	return put(&record);
}
