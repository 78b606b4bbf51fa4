/* neighbour NAME busy|idle: another program on the first CPU, which takes it again and again, or does nothing. */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

static long long now_ms(void)
{
	struct timespec at;
	clock_gettime(CLOCK_MONOTONIC, &at);
	return at.tv_sec * 1000LL + at.tv_nsec / 1000000;
}

/* Above the programs of the scenarios, so that it has the CPU whenever it wants it. */
static void take_turns(void)
{
	struct sched_param priority = { .sched_priority = 3 };
	struct timespec pause = { 0, 4000000 };
	sched_setscheduler(0, SCHED_FIFO, &priority);
	for (;;) {
		long long until = now_ms() + 8;
		while (now_ms() < until)
			;
		nanosleep(&pause, NULL);
	}
}

int main(int argc, char **argv)
{
	cpu_set_t first;
	if (argc < 3)
		return 64;
	CPU_ZERO(&first);
	CPU_SET(0, &first);
	sched_setaffinity(0, sizeof(first), &first);
	prctl(PR_SET_NAME, argv[1]);
	puts("ready");
	fflush(stdout);
	if (strcmp(argv[2], "busy") == 0)
		take_turns();
	for (;;)
		pause();
}
