/* A bounded queue of bytes between those who make records and the one thread that writes them to standard output. */
#ifndef QUEUE_H
#define QUEUE_H

#include <stddef.h>

/* Starts the writer thread. Returns 0 or -1. */
int queue_start(void);

/* Appends one record, or nothing, which is counted, and returns -1. Records of which `must` is set may also use the
 * reserve that is kept for them. */
int queue_put(const void *body, size_t length, int must);

/* Tells the writer that there is something to write; once a batch, because waking costs more than a record. */
void queue_flush(void);

/* Records that found no room, ever. */
unsigned long long queue_lost(void);

/* 1 once nobody reads standard output any more. */
int queue_broken(void);

/* Writes what is left and ends the writer thread. */
void queue_finish(void);

#endif
