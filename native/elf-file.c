#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "elf-file.h"

/* libelf copies what is not aligned. */
#define LARGEST_SECTION (512u << 20)

static __thread sigjmp_buf before;
static __thread volatile sig_atomic_t reading;

int open_regular(const char *file, struct stat *status)
{
	char self[64];
	int fd = -1, place = open(file, O_PATH | O_CLOEXEC);
	if (place < 0)
		return -1;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", place);
	if (fstat(place, status) == 0 && S_ISREG(status->st_mode))
		fd = open(self, O_RDONLY | O_CLOEXEC);
	close(place);
	return fd;
}

/* What is mapped of a file is gone when the file is cut short. */
static void on_cut(int number)
{
	if (reading)
		siglongjmp(before, 1);
	signal(number, SIG_DFL);
	raise(number);
}

int read_elf(int fd, void (*read)(Elf *elf, void *context), void *context)
{
	struct sigaction action = { .sa_handler = on_cut };
	if (elf_version(EV_CURRENT) == EV_NONE || sigaction(SIGBUS, &action, NULL) != 0)
		return -1;
	if (sigsetjmp(before, 1)) {
		/* What libelf holds of the file is in no state to be given back. */
		reading = 0;
		return -1;
	}
	reading = 1;
	Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	int is_elf = elf && elf_kind(elf) == ELF_K_ELF;
	if (is_elf)
		read(elf, context);
	if (elf)
		elf_end(elf);
	reading = 0;
	return is_elf ? 0 : -1;
}

static Elf_Data *data_of(Elf_Scn *section)
{
	GElf_Shdr header;
	if (!section || !gelf_getshdr(section, &header) || header.sh_type == SHT_NOBITS || header.sh_size > LARGEST_SECTION)
		return NULL;
	return elf_getdata(section, NULL);
}

struct names names_in(Elf *elf, size_t section)
{
	Elf_Data *data = data_of(elf_getscn(elf, section));
	return data && data->d_buf ? (struct names){ data->d_buf, data->d_size } : (struct names){ NULL, 0 };
}

const char *name_at(const struct names *names, size_t at)
{
	if (at >= names->size)
		return NULL;
	size_t room = names->size - at;
	return memchr(names->bytes + at, 0, room < LONGEST_NAME ? room : LONGEST_NAME) ? names->bytes + at : NULL;
}

size_t symbols_in(Elf_Scn *section, const GElf_Shdr *header, Elf_Data **data)
{
	if (header->sh_type != SHT_SYMTAB && header->sh_type != SHT_DYNSYM)
		return 0;
	if (header->sh_entsize < sizeof(Elf32_Sym) || !(*data = data_of(section)))
		return 0;
	size_t count = header->sh_size / header->sh_entsize;
	return count < MOST_SYMBOLS ? count : MOST_SYMBOLS;
}

size_t segments_in(Elf *elf)
{
	size_t count;
	if (elf_getphdrnum(elf, &count) != 0)
		return 0;
	return count < MOST_HEADERS ? count : MOST_HEADERS;
}
