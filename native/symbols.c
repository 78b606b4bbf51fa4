#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tracer.h"

struct name {
	const char *text;
	__u64 function;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct name *)a)->text, ((const struct name *)b)->text);
}

static int by_offset(const void *a, const void *b)
{
	unsigned long left = ((const struct place *)a)->offset, right = ((const struct place *)b)->offset;
	return left < right ? -1 : left > right;
}

/* The function that a symbol is, its per-thread-default-stream variants included; -1 for any other symbol. */
static int function_of(const char *symbol)
{
	static struct name names[KV_MAX_FUNCTIONS];
	if (!names[0].text) {
		for (unsigned i = 0; i < function_count; i++)
			names[i] = (struct name){ functions[i].name, i };
		qsort(names, function_count, sizeof(names[0]), by_name);
	}
	char plain[64];
	size_t length = strlen(symbol);
	if ((strncmp(symbol, "cu", 2) != 0 && strncmp(symbol, "__cuda", 6) != 0) || length >= sizeof(plain))
		return -1;
	memcpy(plain, symbol, length + 1);
	if (length > 5 && (strcmp(plain + length - 5, "_ptsz") == 0 || strcmp(plain + length - 5, "_ptds") == 0))
		plain[length - 5] = 0;
	struct name wanted = { plain, 0 };
	struct name *found = bsearch(&wanted, names, function_count, sizeof(names[0]), by_name);
	return found ? (int)found->function : -1;
}

static int file_offset(Elf *elf, __u64 address, unsigned long *offset)
{
	size_t headers;
	GElf_Phdr header;
	if (elf_getphdrnum(elf, &headers) != 0)
		return -1;
	for (size_t i = 0; i < headers; i++) {
		if (!gelf_getphdr(elf, i, &header) || header.p_type != PT_LOAD || !(header.p_flags & PF_X))
			continue;
		if (address < header.p_vaddr || address - header.p_vaddr >= header.p_filesz)
			continue;
		*offset = address - header.p_vaddr + header.p_offset;
		return 0;
	}
	return -1;
}

static int read_table(Elf *elf, Elf_Scn *section, const GElf_Shdr *header, struct place *places, int count, int limit)
{
	Elf_Data *data = elf_getdata(section, NULL);
	if (!data || header->sh_entsize == 0)
		return count;
	int symbols = header->sh_size / header->sh_entsize;
	for (int i = 0; i < symbols && count < limit; i++) {
		GElf_Sym symbol;
		if (!gelf_getsym(data, i, &symbol) || symbol.st_shndx == SHN_UNDEF)
			continue;
		if (GELF_ST_TYPE(symbol.st_info) != STT_FUNC)
			continue;
		const char *name = elf_strptr(elf, header->sh_link, symbol.st_name);
		int function = name ? function_of(name) : -1;
		unsigned long offset;
		if (function < 0 || file_offset(elf, symbol.st_value, &offset) != 0)
			continue;
		places[count++] = (struct place){ offset, function };
	}
	return count;
}

static void read_build_id(Elf_Scn *section, char *into, size_t size)
{
	Elf_Data *data = elf_getdata(section, NULL);
	GElf_Nhdr note;
	size_t name_at, text_at, at = 0;
	while (data && (at = gelf_getnote(data, at, &note, &name_at, &text_at)) > 0) {
		if (note.n_type != NT_GNU_BUILD_ID || note.n_namesz != 4)
			continue;
		const unsigned char *text = (const unsigned char *)data->d_buf + text_at;
		for (size_t i = 0; i < note.n_descsz && 2 * i + 3 <= size; i++)
			snprintf(into + 2 * i, 3, "%02x", text[i]);
		return;
	}
}

int find_functions(const char *file, struct place *places, int limit, char *build_id, size_t build_id_size)
{
	int count = -1;
	build_id[0] = 0;
	if (elf_version(EV_CURRENT) == EV_NONE)
		return -1;
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (elf && elf_kind(elf) == ELF_K_ELF) {
		count = 0;
		Elf_Scn *section = NULL;
		while ((section = elf_nextscn(elf, section))) {
			GElf_Shdr header;
			if (!gelf_getshdr(section, &header))
				continue;
			if (header.sh_type == SHT_SYMTAB || header.sh_type == SHT_DYNSYM)
				count = read_table(elf, section, &header, places, count, limit);
			else if (header.sh_type == SHT_NOTE)
				read_build_id(section, build_id, build_id_size);
		}
	}
	if (elf)
		elf_end(elf);
	close(fd);
	if (count <= 1)
		return count;
	/* One place may bear several names; it gets one probe, so that a call counts once. */
	qsort(places, count, sizeof(places[0]), by_offset);
	int kept = 1;
	for (int i = 1; i < count; i++)
		if (places[i].offset != places[kept - 1].offset)
			places[kept++] = places[i];
	return kept;
}
