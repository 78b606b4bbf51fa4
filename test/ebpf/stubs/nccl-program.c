/* program-nccl COUNT: one rank that does COUNT rounds of collectives. Says "ready", waits for a line, says "done", and
 * ends with its input. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { INT8 = 0, FLOAT16 = 6, FLOAT32 = 7, FLOAT64 = 8 };
typedef struct {
	char internal[128];
} unique_id;

extern int ncclCommInitRank(void **, int, unique_id, int), ncclCommDestroy(void *);
extern int ncclAllReduce(const void *, void *, size_t, int, int, void *, void *);
extern int pncclAllReduce(const void *, void *, size_t, int, int, void *, void *);
extern int ncclReduce(const void *, void *, size_t, int, int, int, void *, void *);
extern int ncclSend(const void *, size_t, int, int, void *, void *), ncclGroupStart(void), ncclGroupEnd(void);

static void await_line(void)
{
	char line[64];
	if (!fgets(line, sizeof(line), stdin))
		exit(0);
}

static void say(const char *word)
{
	printf("%s %d\n", word, getpid());
	fflush(stdout);
}

int main(int argc, char **argv)
{
	long rounds = argc > 1 ? atol(argv[1]) : 1;
	void *communicator, *stream = (void *)0x77;
	unique_id id = { "id" };
	say("ready");
	await_line();
	ncclCommInitRank(&communicator, 4, id, 2);
	for (long i = 0; i < rounds; i++) {
		ncclAllReduce(NULL, NULL, 1000, FLOAT16, 0, communicator, stream);
		pncclAllReduce(NULL, NULL, 500, FLOAT64, 0, communicator, stream);
		ncclReduce(NULL, NULL, 10, FLOAT32, 0, 3, communicator, stream);
		ncclGroupStart();
		ncclSend(NULL, 64, INT8, 1, communicator, stream);
		ncclGroupEnd();
	}
	ncclCommDestroy(communicator);
	say("done");
	await_line();
	return 0;
}
