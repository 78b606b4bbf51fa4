#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "tracer.h"

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

/* {"ok", "kernel", "uprobeMulti", "missing": [{what, why}], "command"}: command grants what privilege is missing. */
int print_check(const struct options *options)
{
	struct utsname kernel;
	unsigned major = 0, minor = 0;
	char path[PATH_MAX] = "kv-tracer", why[512] = "", command[PATH_MAX + 64] = "";
	unsigned long long held = effective_capabilities(), admin = held >> CAP_SYS_ADMIN & 1;
	int missing = 0, privileged = 1;
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
	if (access("/sys/kernel/btf/vmlinux", R_OK) != 0)
		print_missing(&missing, "btf", "the kernel gives no type information at /sys/kernel/btf/vmlinux (CONFIG_DEBUG_INFO_BTF)");
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
	if (!missing && load_programs(options, monotonic_ns(), &programs, why, sizeof(why)) != 0)
		print_missing(&missing, "kernel", why);
	detach_all();
	printf("],\"ok\":%s,\"uprobeMulti\":%s,\"command\":", missing ? "false" : "true", programs.multi ? "true" : "false");
	if (command[0])
		print_text(command);
	else
		printf("null");
	printf("}\n");
	return missing ? 1 : 0;
}
