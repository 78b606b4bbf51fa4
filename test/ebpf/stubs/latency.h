/* How long a stub takes: STUB_<function>_US in the environment, spent computing, or asleep with STUB_SLEEP=1. */
#ifndef LATENCY_H
#define LATENCY_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline long long latency_now(void)
{
	struct timespec at;
	clock_gettime(CLOCK_MONOTONIC, &at);
	return at.tv_sec * 1000000000LL + at.tv_nsec;
}

static inline void latency_spend(const char *function, long *known_us)
{
	if (*known_us < 0) {
		char name[96];
		snprintf(name, sizeof(name), "STUB_%s_US", function);
		const char *value = getenv(name);
		*known_us = value ? atol(value) : 0;
	}
	if (*known_us == 0)
		return;
	if (getenv("STUB_SLEEP")) {
		struct timespec time = { *known_us / 1000000, *known_us % 1000000 * 1000 };
		nanosleep(&time, NULL);
		return;
	}
	long long until = latency_now() + *known_us * 1000LL;
	while (latency_now() < until)
		;
}

#define LATENCY                                     \
	do {                                        \
		static long known_us = -1;          \
		latency_spend(__func__, &known_us); \
	} while (0)

#endif
