/* Stacks of calls. Called by the thread that drains the rings. */
#ifndef STACKS_H
#define STACKS_H

#include "kv.h"
#include "processes.h"
#include "tracer.h"

/* The number of the call's stack, whose record has been sent; 0 if it has none. */
__u32 stack_of(const struct programs *programs, struct process *process, const struct kv_call_with_stack *call);

#endif
