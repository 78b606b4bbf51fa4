/* A libnccl whose ranks meet in shared memory: a collective returns at once and is done on its stream when all ranks
 * have come to it. The unique id says where the ranks meet. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 1024

typedef struct {
	char internal[128];
} unique_id;

typedef struct {
	int *arrived; /* by round */
	int ranks;
	int round;
} communicator;

extern void gpu_collective(void *stream, int *arrived, int ranks);

int ncclCommInitRank(void **made, int ranks, unique_id id, int rank)
{
	communicator *own = calloc(1, sizeof(*own));
	(void)rank;
	memcpy(&own->arrived, id.internal, sizeof(own->arrived));
	own->ranks = ranks;
	*made = own;
	return 0;
}

int ncclAllReduce(const void *from, void *to, size_t count, int type, int operation, void *communicator_, void *stream)
{
	communicator *own = communicator_;
	(void)from, (void)to, (void)count, (void)type, (void)operation;
	gpu_collective(stream, &own->arrived[own->round++ % ROUNDS], own->ranks);
	return 0;
}

int ncclCommDestroy(void *communicator_)
{
	free(communicator_);
	return 0;
}
