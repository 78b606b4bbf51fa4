/* Finds a CPython's _PyRuntime, which begins with a table of where everything is: _Py_DebugOffsets, of
 * Include/internal/pycore_runtime.h in 3.13 and pycore_debug_offsets.h from 3.14 on. */
#include <bpf/bpf.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "elf-file.h"
#include "python.h"
#include "tracer.h"

#define NOTED 4096
#define COOKIE "xdebugpy"
#define MOST_OFFSET (16u << 20) /* the runtime's state is the largest thing that they point into */

/* Places in the table, in 64-bit words from its beginning. */
enum { VERSION = 1, FREE_THREADED = 2, INTERPRETERS_HEAD = 5, INTERPRETER_NEXT = 8, THREADS_HEAD = 9 };

/* What lies behind the interpreter's part, which grew. */
struct places {
	__u16 thread, frame, code, bytes, unicode;
};
static const struct places in_3_13 = { .thread = 19, .frame = 28, .code = 34, .bytes = 64, .unicode = 67 };
static const struct places in_3_14 = { .thread = 22, .frame = 31, .code = 39, .bytes = 74, .unicode = 77 };

static int is_python(const char *path)
{
	const char *name = strrchr(path, '/');
	return name && (strncmp(name, "/libpython3.", 12) == 0 || strncmp(name, "/python", 7) == 0);
}

struct runtime {
	const struct mapping *mapping;
	__u64 address;
};

/* The address that the file gives _PyRuntime: by its symbol, or by the section that is made for finding it. */
static __u64 runtime_address(Elf *elf)
{
	Elf_Scn *section = NULL;
	size_t index, sections = 0, tables = 0;
	__u64 by_section = 0;
	if (elf_getshdrstrndx(elf, &index) != 0)
		return 0;
	struct names titles = names_in(elf, index);
	while (sections++ < MOST_HEADERS && (section = elf_nextscn(elf, section))) {
		GElf_Shdr header;
		GElf_Sym symbol;
		Elf_Data *data;
		if (!gelf_getshdr(section, &header))
			continue;
		const char *name = name_at(&titles, header.sh_name);
		if (name && strcmp(name, ".PyRuntime") == 0)
			by_section = header.sh_addr;
		/* A file has one. */
		if (header.sh_type != SHT_DYNSYM || tables++)
			continue;
		struct names names = names_in(elf, header.sh_link);
		size_t symbols = symbols_in(section, &header, &data);
		for (size_t i = 0; i < symbols && gelf_getsym(data, i, &symbol); i++) {
			name = symbol.st_shndx == SHN_UNDEF ? NULL : name_at(&names, symbol.st_name);
			if (name && strcmp(name, "_PyRuntime") == 0)
				return symbol.st_value;
		}
	}
	return by_section;
}

/* What is to be added to the file's addresses in this process: this mapping is of some offset of the file. */
static __u64 load_bias(Elf *elf, const struct mapping *mapping)
{
	GElf_Phdr header;
	size_t headers = segments_in(elf);
	for (size_t i = 0; i < headers; i++)
		if (gelf_getphdr(elf, i, &header) && header.p_type == PT_LOAD && mapping->offset >= (header.p_offset & ~4095ULL) &&
		    mapping->offset < header.p_offset + header.p_filesz)
			return mapping->start - mapping->offset + header.p_offset - header.p_vaddr;
	return 0;
}

static void search_runtime(Elf *elf, void *context)
{
	struct runtime *runtime = context;
	__u64 address = runtime_address(elf);
	if (address)
		runtime->address = address + load_bias(elf, runtime->mapping);
}

static __u64 find_runtime(const char *file, const struct mapping *mapping)
{
	struct runtime runtime = { .mapping = mapping };
	struct stat status;
	int fd = open_regular(file, &status);
	if (fd < 0)
		return 0;
	if (read_elf(fd, search_runtime, &runtime) != 0)
		runtime.address = 0;
	close(fd);
	return runtime.address;
}

static const struct places *places_of(__u64 version)
{
	switch (version >> 16) {
	case 0x030d: return &in_3_13;
	case 0x030e: return &in_3_14;
	default: return NULL;
	}
}

static int python_layout(pid_t pid, const struct mapping *mapping, struct kv_python *into)
{
	char file[PATH_MAX + 64];
	struct stat status;
	__u64 table[96];
	if (!is_python(mapping->path) || mapped_file(pid, mapping, file, sizeof(file), &status) != 0)
		return -1;
	__u64 runtime = find_runtime(file, mapping);
	struct iovec here = { table, sizeof(table) }, there = { (void *)runtime, sizeof(table) };
	if (!runtime || process_vm_readv(pid, &here, 1, &there, 1, 0) != sizeof(table))
		return -1;
	const struct places *at = places_of(table[VERSION]);
	if (memcmp(table, COOKIE, 8) != 0 || !at)
		return -1;
	for (int i = INTERPRETERS_HEAD; i <= at->unicode + 3; i++)
		if (table[i] >= MOST_OFFSET)
			return -1;
	const __u64 *thread = table + at->thread, *frame = table + at->frame, *code = table + at->code;
	*into = (struct kv_python){
		.runtime = runtime,
		.interpreters_head = table[INTERPRETERS_HEAD],
		.interpreter_next = table[INTERPRETER_NEXT],
		.threads_head = table[THREADS_HEAD],
		.thread_next = thread[2], .thread_frame = thread[4], .thread_id = thread[5],
		.frame_previous = frame[1], .frame_code = frame[2], .frame_instruction = frame[3], .frame_owner = frame[5],
		.code_file = code[1], .code_name = code[3], .code_lines = code[4], .code_first_line = code[5],
		.code_instructions = code[9],
		.bytes_length = table[at->bytes + 1], .bytes_data = table[at->bytes + 2],
		.text_state = table[at->unicode + 1], .text_length = table[at->unicode + 2],
		.text_data = table[at->unicode + 3],
		.exact_lines = !table[FREE_THREADED],
		/* Behind two bits, or a byte of its own, that say whether the text is interned. */
		.text_shift = table[FREE_THREADED] && at == &in_3_14 ? 8 : 2,
	};
	return 0;
}

int note_python(const struct programs *programs, pid_t pid, const struct mapping *mapping)
{
	static struct { pid_t pid; __u64 start, inode; } noted[NOTED];
	struct kv_python layout;
	__u32 tgid = pid;
	if (!is_python(mapping->path))
		return 0;
	if (noted[tgid % NOTED].pid == pid && noted[tgid % NOTED].start == mapping->start &&
	    noted[tgid % NOTED].inode == mapping->inode &&
	    bpf_map_lookup_elem(programs->pythons, &tgid, &layout) == 0)
		return 1;
	if (python_layout(pid, mapping, &layout) != 0)
		return 0;
	noted[tgid % NOTED].pid = pid;
	noted[tgid % NOTED].start = mapping->start;
	noted[tgid % NOTED].inode = mapping->inode;
	bpf_map_update_elem(programs->pythons, &tgid, &layout, BPF_ANY);
	return 1;
}
