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

/* The function that a symbol is, CUDA's variants for per-thread default streams and NCCL's for profilers included; -1
 * for any other symbol. */
static int function_of(const char *symbol)
{
	static struct name names[KV_MAX_FUNCTIONS];
	if (!names[0].text) {
		for (unsigned i = 0; i < function_count; i++)
			names[i] = (struct name){ functions[i].name, i };
		qsort(names, function_count, sizeof(names[0]), by_name);
	}
	char plain[64];
	if (strncmp(symbol, "pnccl", 5) == 0)
		symbol++;
	size_t length = strlen(symbol);
	int known = strncmp(symbol, "cu", 2) == 0 || strncmp(symbol, "nccl", 4) == 0 || strncmp(symbol, "__cuda", 6) == 0;
	if (!known || length >= sizeof(plain))
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

static int read_table(const struct options *options, Elf *elf, Elf_Scn *section, const GElf_Shdr *header,
		      struct place *places, int count, int limit)
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
		if (function >= 0 && options->no_nccl && functions[function].layer == LAYER_NCCL)
			continue;
		if (function < 0 || file_offset(elf, symbol.st_value, &offset) != 0)
			continue;
		places[count++] = (struct place){ offset, function };
	}
	return count;
}

static void copy_build_id(Elf_Data *data, char *into, size_t size)
{
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

/* Sections can be stripped, segments cannot. */
static void find_build_id(Elf *elf, char *into, size_t size)
{
	size_t headers;
	GElf_Phdr header;
	into[0] = 0;
	if (elf_getphdrnum(elf, &headers) != 0)
		return;
	for (size_t i = 0; i < headers && !into[0]; i++)
		if (gelf_getphdr(elf, i, &header) && header.p_type == PT_NOTE)
			copy_build_id(elf_getdata_rawchunk(elf, header.p_offset, header.p_filesz,
							   header.p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR),
				      into, size);
}

static Elf *open_elf(const char *file, int *fd)
{
	if (elf_version(EV_CURRENT) == EV_NONE || (*fd = open(file, O_RDONLY | O_CLOEXEC)) < 0)
		return NULL;
	Elf *elf = elf_begin(*fd, ELF_C_READ_MMAP, NULL);
	if (elf && elf_kind(elf) == ELF_K_ELF)
		return elf;
	if (elf)
		elf_end(elf);
	close(*fd);
	return NULL;
}

void read_build_id(const char *file, char *into, size_t size)
{
	int fd;
	Elf *elf = open_elf(file, &fd);
	into[0] = 0;
	if (!elf)
		return;
	find_build_id(elf, into, size);
	elf_end(elf);
	close(fd);
}

/* Whoever has kernels registers them with the runtime: by a symbol of another file, if the runtime is one. */
static int imports_runtime(Elf *elf, Elf_Scn *section, const GElf_Shdr *header)
{
	Elf_Data *data = elf_getdata(section, NULL);
	for (size_t i = 0; data && i < header->sh_size / sizeof(Elf64_Sym); i++) {
		GElf_Sym symbol;
		if (!gelf_getsym(data, i, &symbol) || symbol.st_shndx != SHN_UNDEF)
			continue;
		const char *name = elf_strptr(elf, header->sh_link, symbol.st_name);
		if (name && strncmp(name, "__cudaRegisterFatBinary", 23) == 0)
			return 1;
	}
	return 0;
}

int find_functions(const struct options *options, const char *file, struct place *places, int limit,
		   struct findings *found)
{
	int fd, count = 0, has_kernels = 0, has_symbols = 0, imports = 0;
	size_t names;
	Elf_Scn *section = NULL;
	*found = (struct findings){ .stripped = 0 };
	Elf *elf = open_elf(file, &fd);
	if (!elf)
		return -1;
	find_build_id(elf, found->build_id, sizeof(found->build_id));
	while (elf_getshdrstrndx(elf, &names) == 0 && (section = elf_nextscn(elf, section))) {
		GElf_Shdr header;
		if (!gelf_getshdr(section, &header))
			continue;
		const char *name = elf_strptr(elf, names, header.sh_name);
		has_kernels |= name && (strcmp(name, ".nv_fatbin") == 0 || strcmp(name, ".nvFatBinSegment") == 0);
		has_symbols |= header.sh_type == SHT_SYMTAB;
		if (header.sh_type == SHT_DYNSYM)
			imports |= imports_runtime(elf, section, &header);
		if (header.sh_type == SHT_SYMTAB || header.sh_type == SHT_DYNSYM)
			count = read_table(options, elf, section, &header, places, count, limit);
	}
	elf_end(elf);
	close(fd);
	found->stripped = has_kernels && !has_symbols && !imports;
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
