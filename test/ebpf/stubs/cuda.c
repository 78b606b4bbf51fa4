/* A libcuda without a GPU: the signatures of cuda.h, addresses that are made up, latencies on demand. */
#include <stddef.h>
#include <stdint.h>

#include "latency.h"

typedef struct {
	unsigned grid_x, grid_y, grid_z, block_x, block_y, block_z, shared_bytes;
	void *stream;
} launch_config;

int cuMemAlloc_v2(uint64_t *address, size_t size)
{
	LATENCY;
	if (size == 0)
		return 2;
	*address = 0x7f0000000000ULL + size;
	return 0;
}

int cuMemFree_v2(uint64_t address)
{
	LATENCY;
	(void)address;
	return 0;
}

int cuMemcpyHtoD_v2(uint64_t to, const void *from, size_t size)
{
	LATENCY;
	(void)to, (void)from, (void)size;
	return 0;
}

int cuMemsetD32_v2(uint64_t to, unsigned value, size_t count)
{
	LATENCY;
	(void)to, (void)value, (void)count;
	return 0;
}

int cuLaunchKernel(void *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
		   unsigned shared_bytes, void *stream, void **arguments, void **extra)
{
	LATENCY;
	(void)function, (void)gx, (void)gy, (void)gz, (void)bx, (void)by, (void)bz;
	(void)shared_bytes, (void)stream, (void)arguments, (void)extra;
	return 0;
}

int cuLaunchKernelEx(const launch_config *config, void *function, void **arguments, void **extra)
{
	LATENCY;
	(void)config, (void)function, (void)arguments, (void)extra;
	return 0;
}

int cuStreamSynchronize_ptsz(void *stream)
{
	LATENCY;
	(void)stream;
	return 0;
}

int cuDevicePrimaryCtxRetain(void **context, int device)
{
	*context = (void *)(0x1000L + device);
	return 0;
}

int cuCtxPushCurrent_v2(void *context)
{
	(void)context;
	return 0;
}

int cuCtxPopCurrent_v2(void **context)
{
	(void)context;
	return 0;
}
