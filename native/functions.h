/* The table of probed functions: the one place that knows CUDA's signatures. */
#ifndef FUNCTIONS_H
#define FUNCTIONS_H

#include "kv.h"

enum layer { LAYER_RUNTIME = 1, LAYER_DRIVER = 2, LAYER_NCCL = 3, LAYER_HOST = 4 };

enum class {
	CLASS_MEMORY = 1,
	CLASS_COPY = 2,
	CLASS_LAUNCH = 3,
	CLASS_SYNC = 4,
	CLASS_GRAPH = 5,
	CLASS_MODULE = 6,
	CLASS_STREAM = 7,
	CLASS_CONTEXT = 8,
	CLASS_COLLECTIVE = 9,
	CLASS_HOST = 10, /* counted by what includes host.h of bpf/; no probe stands on it */
};

struct function {
	const char *name;
	__u8 layer, class;
	struct kv_function_args args;
};

/* A function's id, its cookie in the kernel and its number in the stream, is its place in this table. */
extern const struct function functions[];
extern const unsigned function_count;

#endif
