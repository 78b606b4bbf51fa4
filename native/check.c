#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "tracer.h"

#define INITIAL_PID_NAMESPACE 4026531836UL /* PROC_PID_INIT_INO */
#define CAP_SYS_PTRACE 19
#define CAP_SYS_ADMIN 21
#define CAP_PERFMON 38
#define CAP_BPF 39

static unsigned long long effective_capabilities(void)
{
	char line[256];
	unsigned long long held = 0;
	FILE *status = fopen("/proc/self/status", "re");
	while (status && fgets(line, sizeof(line), status))
		if (sscanf(line, "CapEff: %llx", &held) == 1)
			break;
	if (status)
		fclose(status);
	return held;
}

static void print_text(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else if ((unsigned char)*text < ' ')
			printf("\\u%04x", *text);
		else
			putchar(*text);
	}
	putchar('"');
}

static void print_missing(int *missing, const char *what, const char *why)
{
	printf("%s{\"what\":\"%s\",\"why\":", (*missing)++ ? "," : "", what);
	print_text(why);
	putchar('}');
}

/* The kernel numbers processes as its first namespace does, so that elsewhere none would be found by its number. */
static int in_other_namespace(void)
{
	struct stat namespace;
	return stat("/proc/self/ns/pid", &namespace) == 0 && namespace.st_ino != INITIAL_PID_NAMESPACE;
}

static int locked_down(void)
{
	char line[128] = "";
	FILE *file = fopen("/sys/kernel/security/lockdown", "re");
	if (!file)
		return 0;
	int is = fgets(line, sizeof(line), file) && strstr(line, "[confidentiality]");
	fclose(file);
	return is;
}

/* What the kernel does that is recorded beside CUDA, each with why it is not or null. */
static void print_host(int loaded)
{
	int count;
	const struct host_event *events = host_events(&count);
	printf(",\"host\":[");
	for (int i = 0; loaded && i < count; i++) {
		printf("%s{\"event\":\"%s\",\"why\":", i ? "," : "", events[i].name);
		if (events[i].why[0])
			print_text(events[i].why);
		else
			printf("null");
		putchar('}');
	}
	putchar(']');
}

/* native/README.md says what is printed: `command` grants what privilege is missing. */
int print_check(const struct options *options)
{
	struct utsname kernel;
	unsigned major = 0, minor = 0;
	char path[PATH_MAX] = "kv-tracer", why[512] = "", command[PATH_MAX + 64] = "";
	unsigned long long held = effective_capabilities(), admin = held >> CAP_SYS_ADMIN & 1;
	int missing = 0, privileged = 1, loaded = 0;
	struct programs programs = { 0 };

	uname(&kernel);
	sscanf(kernel.release, "%u.%u", &major, &minor);
	int modern = major > 6 || (major == 6 && minor >= 6);
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
	if (length > 0)
		path[length] = 0;

	printf("{\"kernel\":");
	print_text(kernel.release);
	printf(",\"missing\":[");
	if (major < 6 || (major == 6 && minor < 1))
		print_missing(&missing, "kernel", "kv-tracer needs Linux 6.1 or newer");
	int btf = access("/sys/kernel/btf/vmlinux", R_OK) == 0;
	if (!btf)
		print_missing(&missing, "btf",
			      "the kernel gives no type information at /sys/kernel/btf/vmlinux "
			      "(CONFIG_DEBUG_INFO_BTF)");
	if (in_other_namespace())
		print_missing(&missing, "pid namespace",
			      "process numbers of a container are not the kernel's: "
			      "run kv-tracer on the node, or in a pod with hostPID");
	if (locked_down())
		print_missing(&missing, "lockdown",
			      "the kernel is locked down for confidentiality, which forbids eBPF to read memory "
			      "(lockdown= on the kernel's command line)");
	if (!admin && !(held >> CAP_BPF & 1)) {
		privileged = 0;
		print_missing(&missing, "CAP_BPF", "loading eBPF programs is not allowed to this user");
	}
	if (!admin && !(held >> CAP_PERFMON & 1)) {
		privileged = 0;
		print_missing(&missing, "CAP_PERFMON", "observing other processes is not allowed to this user");
	}
	if (!(held >> CAP_SYS_PTRACE & 1)) {
		privileged = 0;
		print_missing(&missing, "CAP_SYS_PTRACE", "finding the libraries of other users' processes is not allowed to this user");
	}
	if (!modern && !admin) {
		privileged = 0;
		print_missing(&missing, "CAP_SYS_ADMIN", "kernels before 6.6 let only administrators place probes");
	}
	if (!privileged)
		snprintf(command, sizeof(command), "sudo setcap cap_bpf,cap_perfmon,cap_sys_ptrace%s=ep %s",
			 modern ? "" : ",cap_sys_admin", path);
	if (!missing) {
		loaded = load_programs(options, monotonic_ns(), &programs, why, sizeof(why)) == 0;
		if (!loaded)
			print_missing(&missing, "kernel", why);
	}
	detach_all();
	printf("],\"ok\":%s,\"btf\":%s,\"uprobeMulti\":%s", missing ? "false" : "true", btf ? "true" : "false",
	       programs.multi ? "true" : "false");
	print_host(loaded && !options->no_host);
	printf(",\"command\":");
	if (command[0])
		print_text(command);
	else
		printf("null");
	printf("}\n");
	return missing ? 1 : 0;
}
