/* Kernels as nvcc puts them into a program, without any in them. */
extern void **__cudaRegisterFatBinary(void *kernels);

__attribute__((section(".nv_fatbin"), used)) static char kernels[64] = "none";

__attribute__((constructor)) static void register_kernels(void)
{
	__cudaRegisterFatBinary(kernels);
}
