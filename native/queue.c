#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue.h"

#define CAPACITY (32u << 20) /* a power of two */
#define RESERVE (1u << 20)
#define LARGEST_WRITE (1u << 20)

static char *bytes;
static uint64_t written, filled; /* positions, ever growing */
static unsigned long long lost;
static int closing, broken;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;
static pthread_t writer;

/* Bytes from `written` on stay put until it moves, so they are written without holding the lock. */
static void *write_all(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&lock);
	for (;;) {
		while (filled == written && !closing)
			pthread_cond_wait(&ready, &lock);
		if (filled == written)
			break;
		uint64_t from = written & (CAPACITY - 1), length = filled - written;
		if (length > CAPACITY - from)
			length = CAPACITY - from;
		if (length > LARGEST_WRITE)
			length = LARGEST_WRITE;
		pthread_mutex_unlock(&lock);
		ssize_t done = broken ? (ssize_t)length : write(STDOUT_FILENO, bytes + from, length);
		int failed = done < 0 && errno != EINTR && errno != EAGAIN;
		pthread_mutex_lock(&lock);
		if (failed)
			broken = 1;
		if (done > 0)
			written += done;
	}
	pthread_mutex_unlock(&lock);
	return NULL;
}

int queue_start(void)
{
	bytes = malloc(CAPACITY);
	return bytes && pthread_create(&writer, NULL, write_all, NULL) == 0 ? 0 : -1;
}

static void append(const void *from, size_t length)
{
	size_t at = filled & (CAPACITY - 1), first = length < CAPACITY - at ? length : CAPACITY - at;
	memcpy(bytes + at, from, first);
	memcpy(bytes, (const char *)from + first, length - first);
	filled += length;
}

int queue_put(const void *body, size_t length, int must)
{
	uint32_t prefix = length;
	pthread_mutex_lock(&lock);
	uint64_t room = CAPACITY - (filled - written);
	int fits = room >= length + sizeof(prefix) + (must ? 0 : RESERVE);
	if (fits) {
		append(&prefix, sizeof(prefix));
		append(body, length);
	} else {
		lost++;
	}
	pthread_mutex_unlock(&lock);
	return fits ? 0 : -1;
}

void queue_flush(void)
{
	pthread_mutex_lock(&lock);
	if (filled != written)
		pthread_cond_signal(&ready);
	pthread_mutex_unlock(&lock);
}

unsigned long long queue_lost(void)
{
	pthread_mutex_lock(&lock);
	unsigned long long so_far = lost;
	pthread_mutex_unlock(&lock);
	return so_far;
}

int queue_broken(void)
{
	pthread_mutex_lock(&lock);
	int gone = broken;
	pthread_mutex_unlock(&lock);
	return gone;
}

void queue_finish(void)
{
	pthread_mutex_lock(&lock);
	closing = 1;
	pthread_cond_signal(&ready);
	pthread_mutex_unlock(&lock);
	pthread_join(writer, NULL);
}
