/* A program that calls the stubs as it is told: program SCENARIO [COUNT] [THREADS]. It says "ready", waits for a line on
 * its input, works, says "done", and ends with its input: so that a test decides when what happens. */
#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "latency.h"

typedef struct {
	unsigned x, y, z;
} dim3;
typedef struct {
	unsigned grid_x, grid_y, grid_z, block_x, block_y, block_z, shared_bytes;
	void *stream;
} launch_config;

#ifndef LATE
extern int cudaMalloc(void **, size_t), cudaFree(void *), cudaMemcpy(void *, const void *, size_t, int);
extern int cudaMemcpyAsync(void *, const void *, size_t, int, void *), cudaStreamSynchronize(void *);
extern int cudaMemcpy2DAsync(void *, size_t, const void *, size_t, size_t, size_t, int, void *);
extern int cudaLaunchKernel(const void *, dim3, dim3, void **, size_t, void *);
extern int cudaEventQuery(void *), cudaEventRecord(void *, void *);
extern int cuLaunchKernelEx(const launch_config *, void *, void **, void **), cuMemsetD32_v2(uint64_t, unsigned, size_t);
extern int cuStreamSynchronize_ptsz(void *), cudaSetDevice(int), cuDevicePrimaryCtxRetain(void **, int);
extern int cuCtxPushCurrent_v2(void *), cuCtxPopCurrent_v2(void **), cuMemAlloc_v2(uint64_t *, size_t);
#else
static int (*cudaMalloc)(void **, size_t);
#endif

static long count = 1, threads = 1;

static void say(const char *word)
{
	printf("%s %d\n", word, getpid());
	fflush(stdout);
}

static void await_line(void)
{
	char line[64];
	if (!fgets(line, sizeof(line), stdin))
		exit(0);
}

#ifndef LATE
static void kernel(void)
{
}

static void *work(void *unused)
{
	(void)unused;
	for (long i = 0; i < count; i++) {
		void *memory = NULL;
		cudaMalloc(&memory, 4096 + i);
		cudaMemcpy(memory, &count, 1000, 1);
		cudaLaunchKernel((void *)kernel, (dim3){ 3, 4, 5 }, (dim3){ 32, 2, 1 }, NULL, 0, (void *)0x77);
		cudaStreamSynchronize((void *)0x77);
		cudaFree(memory);
	}
	return NULL;
}

static void work_in_threads(void)
{
	pthread_t all[64];
	for (long i = 0; i < threads; i++)
		pthread_create(&all[i], NULL, work, NULL);
	for (long i = 0; i < threads; i++)
		pthread_join(all[i], NULL);
}

static void every_argument(void)
{
	void *memory = NULL;
	launch_config config = { 7, 8, 9, 64, 1, 2, 0, (void *)0x55 };
	cudaMalloc(&memory, 0);
	cudaMalloc(&memory, 1 << 20);
	cudaMemcpy(memory, &memory, 4096, 2);
	cudaMemcpyAsync(memory, &memory, 8192, 1, (void *)0x66);
	cudaMemcpy2DAsync(memory, 512, &memory, 512, 100, 20, 3, (void *)0x67);
	cudaLaunchKernel((void *)kernel, (dim3){ 3, 4, 5 }, (dim3){ 32, 2, 1 }, NULL, 0, (void *)0x77);
	cuLaunchKernelEx(&config, (void *)0x1234, NULL, NULL);
	cuMemsetD32_v2((uint64_t)memory, 0, 250);
	cuStreamSynchronize_ptsz((void *)0x88);
	cudaEventQuery((void *)0x99);
}

static void *allocate(void *size)
{
	void *memory;
	cudaMalloc(&memory, (size_t)size);
	return NULL;
}

/* Allocates on device 1 by choice, on device 3 by its context, on 1 again, and in a thread that never chose. */
static void use_devices(void)
{
	pthread_t other;
	void *context;
	uint64_t memory;
	cudaSetDevice(1);
	cudaSetDevice(1);
	allocate((void *)100);
	cuDevicePrimaryCtxRetain(&context, 3);
	cuCtxPushCurrent_v2(context);
	cuMemAlloc_v2(&memory, 300);
	cuCtxPopCurrent_v2(&context);
	cuMemAlloc_v2(&memory, 100);
	pthread_create(&other, NULL, allocate, (void *)1);
	pthread_join(other, NULL);
}

/* Allocates and copies from as many calls deep as it is told. */
static void nest(long left)
{
	void *memory;
	if (left > 0) {
		nest(left - 1);
		return;
	}
	cudaMalloc(&memory, 4096);
	cudaMemcpy(memory, &left, 8, 1);
}

static void allocate_here(void)
{
	nest(count);
}

static void allocate_there(void)
{
	nest(count);
}

static void nest_twice(void)
{
	for (long i = 0; i < threads; i++) {
		allocate_here();
		allocate_there();
	}
}

static long long used_ns(void)
{
	struct timespec used;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	return used.tv_sec * 1000000000LL + used.tv_nsec;
}

/* Prints nanoseconds of CPU a call, the loop itself included: on a busy machine others' time does not count. */
static void cost(void)
{
	long long began = used_ns();
	for (long i = 0; i < count; i++)
		cudaEventRecord(NULL, NULL);
	printf("%.2f\n", (double)(used_ns() - began) / count);
}

static void flood(void)
{
	for (long i = 0; i < count; i++)
		cudaEventRecord(NULL, NULL);
}

/* So many calls in every millisecond as it is told threads. */
static void pace(void)
{
	struct timespec next;
	clock_gettime(CLOCK_MONOTONIC, &next);
	for (long i = 0; i < count; i++) {
		cudaEventRecord(NULL, NULL);
		if ((i + 1) % threads)
			continue;
		next.tv_nsec += 1000000;
		if (next.tv_nsec >= 1000000000) {
			next.tv_nsec -= 1000000000;
			next.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
}

static void *flood_thread(void *unused)
{
	flood();
	return unused;
}

static void flood_in_threads(void)
{
	pthread_t all[64];
	for (long i = 0; i < threads; i++)
		pthread_create(&all[i], NULL, flood_thread, NULL);
	for (long i = 0; i < threads; i++)
		pthread_join(all[i], NULL);
}

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;

static void *wait_for_lock(void *unused)
{
	pthread_mutex_lock(&held);
	pthread_mutex_unlock(&held);
	return unused;
}

/* A second thread waits 50 ms for a lock that the first holds while it sleeps. */
static void contend(void)
{
	pthread_t waiting;
	struct timespec time = { 0, 50 * 1000 * 1000 };
	cudaEventRecord(NULL, NULL);
	pthread_mutex_lock(&held);
	pthread_create(&waiting, NULL, wait_for_lock, NULL);
	nanosleep(&time, NULL);
	pthread_mutex_unlock(&held);
	pthread_join(waiting, NULL);
}

/* Ends in the middle of a call, by a thread that is not in it. */
static void *leave_soon(void *unused)
{
	struct timespec time = { 0, 20 * 1000 * 1000 };
	nanosleep(&time, NULL);
	exit(7);
	return unused;
}

static void exit_within(void)
{
	pthread_t other;
	void *memory;
	pthread_create(&other, NULL, leave_soon, NULL);
	cudaMalloc(&memory, 64);
}

static void run_children(void)
{
	for (long i = 0; i < threads; i++) {
		if (fork() == 0) {
			work(NULL);
			_exit(3);
		}
	}
	while (wait(NULL) > 0)
		;
}
#else
static void load_late(const char *path)
{
	void *memory;
	void *library = dlopen(path, RTLD_NOW);
	if (!library) {
		fprintf(stderr, "%s\n", dlerror());
		exit(1);
	}
	cudaMalloc = (int (*)(void **, size_t))dlsym(library, "cudaMalloc");
	say("loaded");
	await_line();
	for (long i = 0; i < count; i++)
		cudaMalloc(&memory, 128);
}
#endif

int main(int argc, char **argv)
{
	const char *scenario = argc > 1 ? argv[1] : "";
	if (argc > 2)
		count = atol(argv[2]);
	if (argc > 3)
		threads = atol(argv[3]);
	say("ready");
	await_line();
#ifdef LATE
	(void)scenario, (void)threads;
	load_late(argv[3]);
#else
	if (strcmp(scenario, "work") == 0)
		work_in_threads();
	else if (strcmp(scenario, "arguments") == 0)
		every_argument();
	else if (strcmp(scenario, "devices") == 0)
		use_devices();
	else if (strcmp(scenario, "nest") == 0)
		nest_twice();
	else if (strcmp(scenario, "cost") == 0)
		cost();
	else if (strcmp(scenario, "pace") == 0)
		pace();
	else if (strcmp(scenario, "flood") == 0)
		flood_in_threads();
	else if (strcmp(scenario, "contend") == 0)
		contend();
	else if (strcmp(scenario, "exit-within") == 0)
		exit_within();
	else if (strcmp(scenario, "children") == 0)
		run_children();
	else if (strcmp(scenario, "exec") == 0)
		execl(argv[0], argv[0], "work", argv[2], (char *)NULL);
	else
		return 64;
#endif
	say("done");
	await_line();
	return 0;
}
