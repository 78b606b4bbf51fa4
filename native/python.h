/* Frames of Python programs, CPython 3.13 and later. */
#ifndef PYTHON_H
#define PYTHON_H

#include "kv.h"
#include "mappings.h"
#include "tracer.h"

struct line {
	__u32 code, line; /* number of a code record, line in its file */
};

/* Called by the thread that scans: tells the kernel where the process keeps its stacks, if the mapping is of a Python
 * that can be read. Returns 1 if it is. */
int note_python(const struct programs *programs, pid_t pid, const struct mapping *mapping);

struct python_frame {
	__u32 tgid, program;
	__u64 code, instruction; /* addresses */
};

/* Called by the thread that drains: which function, sent as a code record, and line a frame is in. 0, or -1 if that
 * cannot be read. */
int python_line(const struct kv_python *python, const struct python_frame *frame, struct line *into);

#endif
