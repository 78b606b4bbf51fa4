/* ELF files as strangers' processes have them: they claim what they like, and change while they are read. */
#ifndef ELF_FILE_H
#define ELF_FILE_H

#include <gelf.h>
#include <libelf.h>
#include <sys/stat.h>

/* More than linkers make; what a file has beyond is not looked at. */
#define MOST_HEADERS 4096
#define MOST_SYMBOLS (8u << 20)
#define LONGEST_NAME 64

/* Opens a regular file for reading, and nothing else: a pipe would block, a device act. -1 if it is none. */
int open_regular(const char *file, struct stat *status);

/* Calls `read`; it may not come back from a file that is cut short meanwhile. 0, or -1: no ELF file, or cut short. */
int read_elf(int fd, void (*read)(Elf *elf, void *context), void *context);

struct names {
	const char *bytes;
	size_t size;
};

struct names names_in(Elf *elf, size_t section);
/* NULL for what is no name, or a longer one than is looked for. */
const char *name_at(const struct names *names, size_t at);

/* How many symbols there are in a section, none where it is no table of them. */
size_t symbols_in(Elf_Scn *section, const GElf_Shdr *header, Elf_Data **data);
size_t segments_in(Elf *elf);

#endif
