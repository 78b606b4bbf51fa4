#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "mappings.h"

/* A line is a range, permissions, offset, device, inode, path. */
static int parse_line(char *line, struct mapping *into)
{
	char permissions[8];
	unsigned long long start, end, offset, inode;
	unsigned major, minor;
	int path_at = 0;
	if (sscanf(line, "%llx-%llx %7s %llx %x:%x %llu %n", &start, &end, permissions, &offset, &major, &minor, &inode,
		   &path_at) < 7 || !path_at)
		return -1;
	line[strcspn(line, "\n")] = 0;
	*into = (struct mapping){
		.start = start, .end = end, .offset = offset, .device = makedev(major, minor), .inode = inode,
		.executable = strchr(permissions, 'x') != NULL, .path = line + path_at,
	};
	return 0;
}

int each_mapping(pid_t pid, int (*visit)(void *context, const struct mapping *mapping), void *context)
{
	char file[64], *line = NULL;
	size_t room = 0;
	struct mapping mapping;
	int result = 0;
	snprintf(file, sizeof(file), "/proc/%d/maps", pid);
	FILE *maps = fopen(file, "re");
	if (!maps)
		return -1;
	while (!result && getline(&line, &room, maps) > 0)
		if (parse_line(line, &mapping) == 0)
			result = visit(context, &mapping);
	free(line);
	fclose(maps);
	return result;
}

int mapped_file(pid_t pid, const struct mapping *mapping, char *into, size_t size, struct stat *status)
{
	if (mapping->path[0] != '/' || !mapping->inode)
		return -1;
	snprintf(into, size, "/proc/%d/root%s", pid, mapping->path);
	if (stat(into, status) == 0 && status->st_ino == mapping->inode)
		return 0;
	/* Replaced or deleted since it was mapped: this way leads to the one in use. */
	snprintf(into, size, "/proc/%d/map_files/%llx-%llx", pid, (unsigned long long)mapping->start,
		 (unsigned long long)mapping->end);
	return stat(into, status);
}
