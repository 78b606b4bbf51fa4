/* A libcudart whose GPU is a clock: what is queued on a stream takes time there, and whoever waits for it waits. A
 * kernel takes as many microseconds as its grid is wide. The driver's own work is CPU time of the calling thread, so
 * that it takes longer where another thread has the CPU. */
#define _GNU_SOURCE
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define STREAMS 16
#define PINNED 64
#define PAGEABLE_BYTES_PER_US 6000 /* through the driver's staging buffer */
#define PINNED_BYTES_PER_US 25000
#define OUT_OF_MEMORY 2

typedef struct {
	unsigned x, y, z;
} dim3;

static long long busy_until[STREAMS];
/* A collective on the stream: done when so many have arrived. */
static struct {
	int *arrived;
	int ranks;
} awaited[STREAMS];
static struct {
	uintptr_t from, to;
} pinned[PINNED];
static int pinned_count;
static uintptr_t next_address = 0x7f0000000000ULL;
static pthread_mutex_t driver = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t context = PTHREAD_ONCE_INIT;

static long long read_clock(clockid_t clock)
{
	struct timespec at;
	clock_gettime(clock, &at);
	return at.tv_sec * 1000000000LL + at.tv_nsec;
}

static void compute(long us)
{
	long long until = read_clock(CLOCK_THREAD_CPUTIME_ID) + us * 1000LL;
	while (read_clock(CLOCK_THREAD_CPUTIME_ID) < until)
		;
}

static long setting(const char *name)
{
	const char *value = getenv(name);
	return value ? atol(value) : 0;
}

static void create_context(void)
{
	compute(setting("GPU_CONTEXT_US"));
}

static unsigned index_of(void *stream)
{
	return (uintptr_t)stream % STREAMS;
}

static void queue(void *stream, long us)
{
	long long *until = &busy_until[index_of(stream)], now = read_clock(CLOCK_MONOTONIC);
	*until = (*until > now ? *until : now) + us * 1000LL;
}

/* As a context with blocking waits does: in the kernel, until the GPU's interrupt comes. */
static void wait_for(unsigned stream)
{
	long long until = busy_until[stream];
	struct timespec at = { until / 1000000000, until % 1000000000 };
	for (;;) {
		int *arrived = awaited[stream].arrived;
		int seen = arrived ? __atomic_load_n(arrived, __ATOMIC_SEQ_CST) : 0;
		if (!arrived || seen >= awaited[stream].ranks)
			break;
		syscall(SYS_futex, arrived, FUTEX_WAIT, seen, NULL, NULL, 0);
	}
	awaited[stream].arrived = NULL;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) != 0)
		;
}

/* Called by libnccl. */
void gpu_collective(void *stream, int *arrived, int ranks)
{
	awaited[index_of(stream)].arrived = arrived;
	awaited[index_of(stream)].ranks = ranks;
	if (__atomic_add_fetch(arrived, 1, __ATOMIC_SEQ_CST) >= ranks)
		syscall(SYS_futex, arrived, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

int cudaMalloc(void **address, size_t size)
{
	pthread_once(&context, create_context);
	pthread_mutex_lock(&driver);
	compute(setting("GPU_MALLOC_US"));
	*address = (void *)next_address;
	next_address += (size + 511) / 512 * 512;
	pthread_mutex_unlock(&driver);
	return size > (1ULL << 40) ? OUT_OF_MEMORY : 0;
}

/* Waits for all that is queued, and lets no other thread into the driver meanwhile, as the real one does. */
int cudaFree(void *address)
{
	(void)address;
	pthread_mutex_lock(&driver);
	compute(setting("GPU_MALLOC_US"));
	for (unsigned stream = 0; stream < STREAMS; stream++)
		if (busy_until[stream] > read_clock(CLOCK_MONOTONIC))
			wait_for(stream);
	pthread_mutex_unlock(&driver);
	return 0;
}

int cudaMallocHost(void **address, size_t size)
{
	*address = calloc(1, size);
	pinned[pinned_count].from = (uintptr_t)*address;
	pinned[pinned_count++].to = (uintptr_t)*address + size;
	return 0;
}

static int is_pinned(const void *memory)
{
	for (int i = 0; i < pinned_count; i++)
		if ((uintptr_t)memory >= pinned[i].from && (uintptr_t)memory < pinned[i].to)
			return 1;
	return 0;
}

int cudaMemcpyAsync(void *to, const void *from, size_t size, int kind, void *stream)
{
	if (is_pinned(kind == 1 ? from : to)) {
		compute(3);
		queue(stream, size / PINNED_BYTES_PER_US);
	} else {
		compute(3 + size / PAGEABLE_BYTES_PER_US);
	}
	return 0;
}

int cudaMemcpy(void *to, const void *from, size_t size, int kind)
{
	wait_for(0);
	compute(3 + size / (is_pinned(kind == 1 ? from : to) ? PINNED_BYTES_PER_US : PAGEABLE_BYTES_PER_US));
	return 0;
}

int cudaLaunchKernel(const void *function, dim3 grid, dim3 block, void **arguments, size_t shared_bytes, void *stream)
{
	(void)function, (void)block, (void)arguments, (void)shared_bytes;
	pthread_once(&context, create_context);
	pthread_mutex_lock(&driver);
	compute(4 + setting("GPU_LAUNCH_US"));
	queue(stream, grid.x);
	pthread_mutex_unlock(&driver);
	return 0;
}

int cudaStreamSynchronize(void *stream)
{
	wait_for(index_of(stream));
	return 0;
}
