#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "elf-file.h"
#include "tracer.h"

#define MOST_TABLES 8
#define LARGEST_NOTES (64u << 10)

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
	GElf_Phdr header;
	size_t headers = segments_in(elf);
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

struct search {
	const struct options *options;
	struct place *places;
	int count, limit, has_kernels, has_symbols, imports;
	struct findings *found;
};

static void read_table(struct search *search, Elf *elf, Elf_Scn *section, const GElf_Shdr *header)
{
	GElf_Sym symbol;
	Elf_Data *data;
	struct names names = names_in(elf, header->sh_link);
	size_t symbols = symbols_in(section, header, &data);
	for (size_t i = 0; i < symbols && search->count < search->limit && gelf_getsym(data, i, &symbol); i++) {
		const char *name = name_at(&names, symbol.st_name);
		unsigned long offset;
		/* Whoever has kernels registers them with the runtime: by a symbol of another file, if the runtime is one. */
		if (symbol.st_shndx == SHN_UNDEF) {
			if (header->sh_type == SHT_DYNSYM && name && strncmp(name, "__cudaRegisterFatBinary", 23) == 0)
				search->imports = 1;
			continue;
		}
		int function = name && GELF_ST_TYPE(symbol.st_info) == STT_FUNC ? function_of(name) : -1;
		if (function < 0 || (search->options->no_nccl && functions[function].layer == LAYER_NCCL))
			continue;
		if (file_offset(elf, symbol.st_value, &offset) == 0)
			search->places[search->count++] = (struct place){ offset, function };
	}
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
	GElf_Phdr header;
	size_t headers = segments_in(elf);
	into[0] = 0;
	for (size_t i = 0; i < headers && !into[0]; i++)
		if (gelf_getphdr(elf, i, &header) && header.p_type == PT_NOTE &&
		    header.p_filesz <= LARGEST_NOTES)
			copy_build_id(elf_getdata_rawchunk(elf, header.p_offset, header.p_filesz,
							   header.p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR),
				      into, size);
}

struct build_id {
	char *into;
	size_t size;
};

static void read_id(Elf *elf, void *context)
{
	struct build_id *id = context;
	find_build_id(elf, id->into, id->size);
}

void read_build_id(const char *file, char *into, size_t size)
{
	struct build_id id = { into, size };
	struct stat status;
	into[0] = 0;
	int fd = open_regular(file, &status);
	if (fd < 0)
		return;
	if (read_elf(fd, read_id, &id) != 0)
		into[0] = 0;
	close(fd);
}

static void search_file(Elf *elf, void *context)
{
	struct search *search = context;
	size_t index, tables = 0, sections = 0;
	Elf_Scn *section = NULL;
	find_build_id(elf, search->found->build_id, sizeof(search->found->build_id));
	if (elf_getshdrstrndx(elf, &index) != 0)
		return;
	struct names names = names_in(elf, index);
	while (sections++ < MOST_HEADERS && tables < MOST_TABLES && (section = elf_nextscn(elf, section))) {
		GElf_Shdr header;
		if (!gelf_getshdr(section, &header))
			continue;
		const char *name = name_at(&names, header.sh_name);
		search->has_kernels |= name && (strcmp(name, ".nv_fatbin") == 0 || strcmp(name, ".nvFatBinSegment") == 0);
		search->has_symbols |= header.sh_type == SHT_SYMTAB;
		if (header.sh_type != SHT_SYMTAB && header.sh_type != SHT_DYNSYM)
			continue;
		read_table(search, elf, section, &header);
		tables++;
	}
}

int find_functions(const struct options *options, int fd, struct place *places, int limit, struct findings *found)
{
	struct search search = { .options = options, .places = places, .limit = limit, .found = found };
	*found = (struct findings){ .stripped = 0 };
	if (read_elf(fd, search_file, &search) != 0)
		return -1;
	int count = search.count;
	found->stripped = search.has_kernels && !search.has_symbols && !search.imports;
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
