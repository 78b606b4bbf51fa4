/* Reads what a probed function was called with, as its descriptor says. */
#ifndef KV_ARGUMENTS_H
#define KV_ARGUMENTS_H

#include <asm/ptrace.h>
#include <bpf/bpf_helpers.h>
#include "kv.h"

/* What a call was made with, until it returns. */
struct arguments {
	__u64 size, address, stream;
	__u32 grid[3], block[3];
	__s32 peer;
	__u16 device; /* that it names, plus one; 0: none */
	__u8 kind, data_type;
};

/* The registers of the convention, by slot. Copied once, because the verifier wants each offset into the context to be
 * a constant. */
struct registers {
	__u64 slot[8];
};

static __always_inline void read_registers(struct pt_regs *ctx, struct registers *into)
{
	volatile struct pt_regs *regs = ctx;
	into->slot[0] = 0;
	into->slot[1] = regs->rdi;
	into->slot[2] = regs->rsi;
	into->slot[3] = regs->rdx;
	into->slot[4] = regs->rcx;
	into->slot[5] = regs->r8;
	into->slot[6] = regs->r9;
	into->slot[7] = regs->rsp;
}

static __always_inline __u64 argument(const struct registers *registers, __u8 slot)
{
	__u64 value = 0;
	if (slot <= 6)
		return registers->slot[slot];
	/* Above the return address. */
	bpf_probe_read_user(&value, sizeof(value), (void *)(registers->slot[7] + 8ULL * (slot - 6)));
	return value;
}

/* cudaLaunchConfig_t and CUlaunchConfig are laid out alike. */
struct launch_config {
	__u32 grid[3], block[3];
	__u64 shared_bytes;
	__u64 stream;
};

static __always_inline void read_dimensions(const struct registers *registers, __u8 how, struct arguments *into)
{
	if (how == KV_DIMENSIONS_PACKED) {
		into->grid[0] = registers->slot[2];
		into->grid[1] = registers->slot[2] >> 32;
		into->grid[2] = registers->slot[3];
		into->block[0] = registers->slot[4];
		into->block[1] = registers->slot[4] >> 32;
		into->block[2] = registers->slot[5];
	} else if (how == KV_DIMENSIONS_FLAT) {
		into->grid[0] = registers->slot[2];
		into->grid[1] = registers->slot[3];
		into->grid[2] = registers->slot[4];
		into->block[0] = registers->slot[5];
		into->block[1] = registers->slot[6];
		into->block[2] = argument(registers, 7);
	} else if (how == KV_DIMENSIONS_CONFIG) {
		struct launch_config launch = {};
		bpf_probe_read_user(&launch, sizeof(launch), (void *)registers->slot[1]);
		__builtin_memcpy(into->grid, launch.grid, sizeof(launch.grid));
		__builtin_memcpy(into->block, launch.block, sizeof(launch.block));
		into->stream = launch.stream;
	}
}

/* Bytes of one element of an ncclDataType_t (nccl.h): int8, uint8, int32, uint32, int64, uint64, float16, float32,
 * float64, bfloat16, and two kinds of float8. */
static __always_inline __u64 element_size(__u8 data_type)
{
	if (data_type == 2 || data_type == 3 || data_type == 7)
		return 4;
	if (data_type == 4 || data_type == 5 || data_type == 8)
		return 8;
	return data_type == 6 || data_type == 9 ? 2 : 1;
}

/* `into` is all zeroes. */
static __always_inline void read_arguments(const struct registers *registers, const struct kv_function_args *args,
					   struct arguments *into)
{
	into->address = argument(registers, args->address);
	into->stream = argument(registers, args->stream);
	if (args->size) {
		into->size = argument(registers, args->size) * args->unit;
		if (args->size_by)
			into->size *= argument(registers, args->size_by);
	}
	into->data_type = KV_NO_DATA_TYPE;
	if (args->data_type) {
		into->data_type = argument(registers, args->data_type);
		into->size *= element_size(into->data_type);
	}
	into->peer = args->peer ? (__s32)argument(registers, args->peer) : KV_NO_PEER;
	into->device = args->device ? argument(registers, args->device) + 1 : 0;
	if (args->kind) {
		__u32 kind = argument(registers, args->kind);
		into->kind = kind < KV_COPY_DEFAULT ? kind + 1 : KV_COPY_NONE;
	} else {
		into->kind = args->fixed_kind;
	}
	if (args->dimensions)
		read_dimensions(registers, args->dimensions, into);
}

#endif
