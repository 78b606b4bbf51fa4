/* What /proc/PID/maps says. */
#ifndef MAPPINGS_H
#define MAPPINGS_H

#include <linux/types.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

struct mapping {
	__u64 start, end, offset, device, inode;
	int executable;
	const char *path; /* as the process names it; empty where there is no file */
};

/* Calls `visit` for each mapping, until it returns something else than 0. Returns that; -1 if the process is gone. */
int each_mapping(pid_t pid, int (*visit)(void *context, const struct mapping *mapping), void *context);

/* A path of ours to the mapped file, inside whatever mount namespace its process is. Returns 0, or -1: there is none. */
int mapped_file(pid_t pid, const struct mapping *mapping, char *into, size_t size, struct stat *status);

#endif
