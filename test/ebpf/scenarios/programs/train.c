/* train SCENARIO [ARGUMENT]: a program with one thing wrong with it, or with none. Prints nothing and ends by itself. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MB (1L << 20)
#define STREAM ((void *)3)

typedef struct {
	unsigned x, y, z;
} dim3;
typedef struct {
	char internal[128];
} unique_id;

extern int cudaMalloc(void **, size_t), cudaFree(void *), cudaMallocHost(void **, size_t);
extern int cudaMemcpyAsync(void *, const void *, size_t, int, void *), cudaMemcpy(void *, const void *, size_t, int);
extern int cudaLaunchKernel(const void *, dim3, dim3, void **, size_t, void *), cudaStreamSynchronize(void *);
extern int ncclCommInitRank(void **, int, unique_id, int), ncclCommDestroy(void *);
extern int ncclAllReduce(const void *, void *, size_t, int, int, void *, void *);

static const char *argument = "";

static void rest(long us)
{
	struct timespec time = { us / 1000000, us % 1000000 * 1000 };
	nanosleep(&time, NULL);
}

static void work(long us)
{
	struct timespec at;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
	long long until = at.tv_sec * 1000000LL + at.tv_nsec / 1000 + us;
	do
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
	while (at.tv_sec * 1000000LL + at.tv_nsec / 1000 < until);
}

void gemm(void)
{
}

static void launch(long us, void *stream)
{
	cudaLaunchKernel((void *)gemm, (dim3){ us, 1, 1 }, (dim3){ 128, 1, 1 }, NULL, 0, stream);
}

/* Ordinary programs take no CPU from a thread of this class, so that only what a scenario plants is slow. */
static void undisturbed(void)
{
	struct sched_param priority = { .sched_priority = 1 };
	sched_setscheduler(0, SCHED_FIFO, &priority);
}

/* On the CPU of the test's neighbours. */
static void share_first_cpu(void)
{
	cpu_set_t first;
	CPU_ZERO(&first);
	CPU_SET(0, &first);
	sched_setaffinity(0, sizeof(first), &first);
}

/* A step a few milliseconds long, as a training loop should be: one copy from pinned memory, launches, one wait. */
static void steps(long count, long pause_us)
{
	void *host, *device;
	cudaMallocHost(&host, MB);
	cudaMalloc(&device, MB);
	for (long step = 0; step < count; step++) {
		cudaMemcpyAsync(device, host, MB, 1, STREAM);
		for (int i = 0; i < 20; i++)
			launch(50, STREAM);
		cudaStreamSynchronize(STREAM);
		work(300);
		if (pause_us > 0)
			rest(pause_us);
	}
}

static void healthy(void)
{
	steps(100, 0);
}

static void polls(void)
{
	steps(12, 100000);
}

/* 40 asynchronous copies of 16 MB, from memory that is not pinned. */
static void pageable(void)
{
	void *device, *host = calloc(1, 16 * MB);
	cudaMalloc(&device, 16 * MB);
	for (int i = 0; i < 40; i++) {
		cudaMemcpyAsync(device, host, 16 * MB, 1, STREAM);
		launch(100, STREAM);
		cudaStreamSynchronize(STREAM);
	}
}

/* As many from memory that is. */
static void pinned(void)
{
	void *device, *host;
	cudaMallocHost(&host, 16 * MB);
	cudaMalloc(&device, 16 * MB);
	for (int i = 0; i < 40; i++) {
		cudaMemcpyAsync(device, host, 16 * MB, 1, STREAM);
		for (int kernel = 0; kernel < 12; kernel++)
			launch(10, STREAM);
		cudaStreamSynchronize(STREAM);
	}
}

static void launches(void)
{
	share_first_cpu();
	for (int i = 0; i < 1500; i++)
		launch(1, STREAM);
}

/* Memory that is allocated once, a little more at first: a cache. */
static void cache(void)
{
	void *memory;
	for (int step = 0; step < 100; step++) {
		if (step < 20)
			cudaMalloc(&memory, 4 * MB);
		launch(100, STREAM);
		cudaStreamSynchronize(STREAM);
		rest(5000);
	}
}

static void churn(void)
{
	void *memory;
	for (int i = 0; i < 300; i++) {
		cudaMalloc(&memory, 8 * MB);
		launch(100, STREAM);
		cudaFree(memory);
	}
}

static void chatty(void)
{
	for (int i = 0; i < 400; i++) {
		launch(900, STREAM);
		cudaStreamSynchronize(STREAM);
	}
}

/* Once in a while a wait finds much queued on its stream; another stream is busy too and does not matter. */
static void queued(void)
{
	for (int step = 0; step < 60; step++) {
		for (int i = 0; i < 15; i++)
			launch(2, STREAM);
		for (int i = 0; step % 20 == 19 && i < 40; i++)
			launch(500, STREAM);
		launch(100, (void *)4);
		cudaStreamSynchronize(STREAM);
		work(200);
	}
}

static void *free_now_and_then(void *unused)
{
	void *memory;
	for (int i = 0; i < 8; i++) {
		cudaMalloc(&memory, MB);
		launch(40000, (void *)5);
		cudaFree(memory);
		rest(60000);
	}
	return unused;
}

/* A second thread frees memory, which waits for the GPU with the driver's lock held; this one wants to launch. */
static void locked(void)
{
	pthread_t other;
	struct timespec now, until;
	pthread_create(&other, NULL, free_now_and_then, NULL);
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += 1;
	do {
		launch(1, STREAM);
		rest(500);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < until.tv_sec || (now.tv_sec == until.tv_sec && now.tv_nsec < until.tv_nsec));
	pthread_join(other, NULL);
}

static pthread_mutex_t batches = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int ready, wanted = 1;
#define BATCHES 12

/* Reads a batch past the page cache, piece by piece. */
static void *load(void *unused)
{
	char *memory = mmap(NULL, MB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	int file = open(argument, O_RDONLY | O_DIRECT);
	pthread_setname_np(pthread_self(), "loader");
	for (int batch = 0; batch < BATCHES; batch++) {
		for (int i = 0; i < 64; i++)
			if (pread(file, memory, MB, i * MB) != MB)
				exit(1);
		pthread_mutex_lock(&batches);
		ready++;
		pthread_cond_signal(&changed);
		pthread_mutex_unlock(&batches);
	}
	return unused;
}

static void loading(void)
{
	pthread_t loader;
	pthread_create(&loader, NULL, load, NULL);
	for (; wanted <= BATCHES; wanted++) {
		pthread_mutex_lock(&batches);
		while (ready < wanted)
			pthread_cond_wait(&changed, &batches);
		pthread_mutex_unlock(&batches);
		for (int i = 0; i < 5; i++)
			launch(50, STREAM);
		cudaStreamSynchronize(STREAM);
	}
	pthread_join(loader, NULL);
}

/* Takes host memory step by step until the kernel stops it. */
static void greedy(void)
{
	for (;;) {
		launch(100, STREAM);
		cudaStreamSynchronize(STREAM);
		memset(mmap(NULL, MB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 1, MB);
		rest(2000);
	}
}

#define RANKS 3
#define LATE 1

static void be_rank(int rank, unique_id id, int is_contended)
{
	void *communicator;
	if (rank == LATE && is_contended)
		share_first_cpu();
	ncclCommInitRank(&communicator, RANKS, id, rank);
	for (int round = 0; round < 30; round++) {
		launch(200, STREAM);
		work(rank == LATE && is_contended ? 6000 : 500);
		if (rank == LATE && !is_contended)
			rest(15000);
		ncclAllReduce(NULL, NULL, 262144, 7, 0, communicator, STREAM);
		cudaStreamSynchronize(STREAM);
	}
	ncclCommDestroy(communicator);
	exit(0);
}

static void ranks(void)
{
	int *arrived = mmap(NULL, MB, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unique_id id;
	memcpy(id.internal, &arrived, sizeof(arrived));
	for (int rank = 0; rank < RANKS; rank++)
		if (fork() == 0)
			be_rank(rank, id, strcmp(argument, "contended") == 0);
	while (wait(NULL) > 0)
		;
}

static const struct {
	const char *name;
	void (*run)(void);
} scenarios[] = {
	{ "healthy", healthy }, { "polls", polls },   { "pageable", pageable }, { "pinned", pinned }, { "launches", launches },
	{ "cache", cache },	{ "churn", churn },   { "chatty", chatty },	{ "queued", queued }, { "locked", locked },
	{ "loading", loading }, { "greedy", greedy }, { "ranks", ranks },
};

int main(int argc, char **argv)
{
	if (argc > 2)
		argument = argv[2];
	undisturbed();
	for (size_t i = 0; argc > 1 && i < sizeof(scenarios) / sizeof(*scenarios); i++)
		if (strcmp(argv[1], scenarios[i].name) == 0) {
			scenarios[i].run();
			return 0;
		}
	return 64;
}
