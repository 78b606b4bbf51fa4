/* What code objects of CPython 3.13 and later say: name, file, and lines by the table of Objects/locations.md. */
#include <string.h>
#include <sys/uio.h>

#include "python.h"
#include "tracer.h"

#define KNOWN 16384 /* a power of two */
#define CODE_BYTES 256 /* of a code object, which is where all the fields in use are */
#define LONGEST_TABLE 32768
#define LONGEST_NAME 1024 /* characters */

/* The code objects that were sent, as far as a table of this size remembers. An address that is used anew is noticed by
 * what the object there points to. */
struct known {
	__u64 address, name, file;
	__u32 program, first_line, number;
};

static struct known table[KNOWN];
static __u32 sent;

static int read_memory(pid_t pid, __u64 address, void *into, size_t length)
{
	struct iovec here = { into, length }, there = { (void *)address, length };
	return address && process_vm_readv(pid, &here, 1, &there, 1, 0) == (ssize_t)length ? 0 : -1;
}

static size_t put_utf8(char *into, __u32 character)
{
	if (character < 0x80) {
		into[0] = character;
		return 1;
	}
	if (character < 0x800) {
		into[0] = 0xc0 | character >> 6;
		into[1] = 0x80 | (character & 63);
		return 2;
	}
	if (character < 0x10000) {
		into[0] = 0xe0 | character >> 12;
		into[1] = 0x80 | (character >> 6 & 63);
		into[2] = 0x80 | (character & 63);
		return 3;
	}
	into[0] = 0xf0 | (character >> 18 & 7);
	into[1] = 0x80 | (character >> 12 & 63);
	into[2] = 0x80 | (character >> 6 & 63);
	into[3] = 0x80 | (character & 63);
	return 4;
}

/* A str: its characters, of one, two or four bytes each, lie behind its head. */
static int read_text(pid_t pid, const struct kv_python *python, __u64 address, char into[4 * LONGEST_NAME + 1])
{
	unsigned char bytes[4 * LONGEST_NAME];
	__u32 state;
	__u64 length;
	size_t at = 0;
	if (read_memory(pid, address + python->text_state, &state, sizeof(state)) != 0 ||
	    read_memory(pid, address + python->text_length, &length, sizeof(length)) != 0)
		return -1;
	unsigned kind = state >> python->text_shift & 7, compact = state >> (python->text_shift + 3) & 1;
	unsigned ascii = state >> (python->text_shift + 4) & 1;
	if (!compact || (kind != 1 && kind != 2 && kind != 4))
		return -1;
	if (length > LONGEST_NAME)
		length = LONGEST_NAME;
	/* Text that is not ASCII has two more fields in its head. */
	if (read_memory(pid, address + python->text_data + (ascii ? 0 : 16), bytes, length * kind) != 0 && length)
		return -1;
	for (size_t i = 0; i < length; i++) {
		__u32 character = 0;
		memcpy(&character, bytes + i * kind, kind);
		at += put_utf8(into + at, character);
	}
	into[at] = 0;
	return 0;
}

static __u32 number_of(const struct kv_python *python, const struct python_frame *frame, const struct known *wanted)
{
	unsigned slot = (frame->code >> 4) * 0x9E3779B97F4A7C15ULL >> 50 & (KNOWN - 1);
	struct known *known = &table[slot];
	char name[4 * LONGEST_NAME + 1], file[4 * LONGEST_NAME + 1];
	if (known->number && known->address == wanted->address && known->program == wanted->program &&
	    known->name == wanted->name && known->file == wanted->file && known->first_line == wanted->first_line)
		return known->number;
	if (read_text(frame->tgid, python, wanted->name, name) != 0 ||
	    read_text(frame->tgid, python, wanted->file, file) != 0)
		return 0;
	if (put_code(sent + 1, frame->tgid, wanted->first_line, name, file) != 0)
		return 0;
	*known = *wanted;
	return known->number = ++sent;
}

/* A number in pieces of six bits, the lowest first; the lowest bit of a signed one is its sign. */
static __s32 read_signed(const unsigned char *bytes, size_t length, size_t at)
{
	__u32 value = 0;
	for (unsigned shift = 0; at < length && shift < 30; at++, shift += 6) {
		value |= (__u32)(bytes[at] & 63) << shift;
		if (!(bytes[at] & 64))
			break;
	}
	return value & 1 ? -(__s32)(value >> 1) : (__s32)(value >> 1);
}

/* Entries begin with a byte whose highest bit is set: four bits of kind, three of how many code units, less one. */
static __u32 line_in(const unsigned char *bytes, size_t length, __u32 first_line, __u64 unit)
{
	__u32 line = first_line;
	__u64 end = 0;
	for (size_t at = 0; at < length;) {
		unsigned kind = bytes[at] >> 3 & 15;
		end += (bytes[at] & 7) + 1;
		at++;
		if (kind == 13 || kind == 14)
			line += read_signed(bytes, length, at);
		else if (kind >= 10 && kind <= 12)
			line += kind - 10;
		if (unit < end)
			return line;
		while (at < length && !(bytes[at] & 0x80))
			at++;
	}
	return first_line;
}

static __u32 exact_line(const struct kv_python *python, const struct python_frame *frame, __u64 lines, __u32 first_line)
{
	static unsigned char bytes[LONGEST_TABLE];
	__u64 length, begin = frame->code + python->code_instructions;
	if (!python->exact_lines || frame->instruction < begin ||
	    read_memory(frame->tgid, lines + python->bytes_length, &length, sizeof(length)) != 0)
		return first_line;
	if (length > LONGEST_TABLE)
		length = LONGEST_TABLE;
	if (read_memory(frame->tgid, lines + python->bytes_data, bytes, length) != 0)
		return first_line;
	return line_in(bytes, length, first_line, (frame->instruction - begin) / 2);
}

static __u64 word_at(const char *code, __u32 offset)
{
	__u64 word = 0;
	if (offset <= CODE_BYTES - sizeof(word))
		memcpy(&word, code + offset, sizeof(word));
	return word;
}

int python_line(const struct kv_python *python, const struct python_frame *frame, struct line *into)
{
	char code[CODE_BYTES];
	if (read_memory(frame->tgid, frame->code, code, sizeof(code)) != 0)
		return -1;
	struct known wanted = {
		.address = frame->code, .program = frame->program,
		.name = word_at(code, python->code_name), .file = word_at(code, python->code_file),
		.first_line = word_at(code, python->code_first_line),
	};
	into->code = number_of(python, frame, &wanted);
	into->line = exact_line(python, frame, word_at(code, python->code_lines), wanted.first_line);
	return into->code ? 0 : -1;
}
