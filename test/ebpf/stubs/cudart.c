/* A libcudart without a GPU, on top of the stub of libcuda where the real one is too. */
#include <stddef.h>
#include <stdint.h>

#include "latency.h"

typedef struct {
	unsigned x, y, z;
} dim3;

extern int cuMemAlloc_v2(uint64_t *address, size_t size);
extern int cuMemFree_v2(uint64_t address);
extern int cuMemcpyHtoD_v2(uint64_t to, const void *from, size_t size);
extern int cuLaunchKernel(void *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
			  unsigned shared_bytes, void *stream, void **arguments, void **extra);

int cudaMalloc(void **address, size_t size)
{
	LATENCY;
	return cuMemAlloc_v2((uint64_t *)address, size);
}

int cudaFree(void *address)
{
	LATENCY;
	return cuMemFree_v2((uint64_t)address);
}

int cudaMemcpy(void *to, const void *from, size_t size, int kind)
{
	LATENCY;
	return kind == 1 ? cuMemcpyHtoD_v2((uint64_t)to, from, size) : 0;
}

int cudaMemcpyAsync(void *to, const void *from, size_t size, int kind, void *stream)
{
	LATENCY;
	(void)to, (void)from, (void)size, (void)kind, (void)stream;
	return 0;
}

int cudaMemcpy2DAsync(void *to, size_t to_pitch, const void *from, size_t from_pitch, size_t width, size_t height,
		      int kind, void *stream)
{
	LATENCY;
	(void)to, (void)to_pitch, (void)from, (void)from_pitch, (void)width, (void)height, (void)kind, (void)stream;
	return 0;
}

int cudaLaunchKernel(const void *function, dim3 grid, dim3 block, void **arguments, size_t shared_bytes, void *stream)
{
	LATENCY;
	return cuLaunchKernel((void *)function, grid.x, grid.y, grid.z, block.x, block.y, block.z, shared_bytes, stream,
			      arguments, NULL);
}

int cudaStreamSynchronize(void *stream)
{
	LATENCY;
	(void)stream;
	return 0;
}

int cudaEventQuery(void *event)
{
	LATENCY;
	(void)event;
	return 600;
}

/* The cheapest thing that can be probed: what the cost of a probe is measured against. */
int cudaEventRecord(void *event, void *stream)
{
	(void)event, (void)stream;
	return 0;
}

int cudaSetDevice(int device)
{
	(void)device;
	return 0;
}

/* What nvcc makes every program call that has kernels in it. */
void **__cudaRegisterFatBinary(void *kernels)
{
	return kernels;
}
