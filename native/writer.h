/* Puts a record together, field after field. */
#ifndef WRITER_H
#define WRITER_H

#include <linux/types.h>
#include <string.h>

#include "queue.h"

#define LONGEST_TEXT 1024

/* A record being put together; what does not fit is cut, never written past the end. */
struct writer {
	size_t length;
	char bytes[8192];
};

static inline void add(struct writer *to, const void *from, size_t length)
{
	if (length > sizeof(to->bytes) - to->length)
		return;
	memcpy(to->bytes + to->length, from, length);
	to->length += length;
}

#define ADD(to, ctype, value)                    \
	do {                                     \
		ctype field_ = (value);          \
		add(to, &field_, sizeof(field_)); \
	} while (0)

static inline void add_text(struct writer *to, const char *text)
{
	size_t length = strlen(text);
	if (length > LONGEST_TEXT)
		length = LONGEST_TEXT;
	ADD(to, __u16, length);
	add(to, text, length);
}

static inline void start(struct writer *record, __u32 type)
{
	record->length = 0;
	ADD(record, __u32, type);
}

static inline int put(const struct writer *record)
{
	return queue_put(record->bytes, record->length, 1);
}

#endif
