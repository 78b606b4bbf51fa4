/* A program that makes the kernel do things to it: kernel SCENARIO [ARGUMENT] [COUNT]. It says "ready", waits for a
 * line on its input, works, says "done", and ends with its input. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define BLOCK 65536
#define PAGE 4096

static const char *argument;
static long count = 1;

static void say(const char *word, long value)
{
	printf("%s %ld\n", word, value);
	fflush(stdout);
}

static void await_line(void)
{
	char line[64];
	if (!fgets(line, sizeof(line), stdin))
		exit(0);
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int file_of(long bytes, int flags)
{
	int fd = open(argument, O_RDWR | O_CREAT | flags, 0600);
	if (fd < 0 || ftruncate(fd, bytes) != 0)
		fail(argument);
	return fd;
}

static char *aligned(void)
{
	char *memory = mmap(NULL, BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	memset(memory, 1, BLOCK);
	return memory;
}

/* Past the page cache: as many requests as there are blocks. */
static void blocks(int writing)
{
	char *memory = aligned();
	int fd = file_of(count * BLOCK, O_DIRECT);
	for (long i = 0; i < count; i++) {
		ssize_t done = writing ? pwrite(fd, memory, BLOCK, i * BLOCK) : pread(fd, memory, BLOCK, i * BLOCK);
		if (done != BLOCK)
			fail("block");
	}
	close(fd);
}

/* Touches pages of its own that are not there yet. */
static void touch(void)
{
	char *memory = mmap(NULL, count * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	madvise(memory, count * PAGE, MADV_NOHUGEPAGE);
	struct rusage before, after;
	getrusage(RUSAGE_SELF, &before);
	for (long i = 0; i < count; i++)
		((volatile char *)memory)[i * PAGE] = 1;
	getrusage(RUSAGE_SELF, &after);
	say("faults", after.ru_minflt - before.ru_minflt);
}

/* Touches pages of a file that are on the disk only. */
static void page_in(void)
{
	int fd = file_of(count * PAGE, 0);
	char page[PAGE] = "on the disk";
	for (long i = 0; i < count; i++)
		if (pwrite(fd, page, PAGE, i * PAGE) != PAGE)
			fail(argument);
	char *memory = mmap(NULL, count * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	madvise(memory, count * PAGE, MADV_RANDOM);
	fsync(fd);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	printf("from %ld\n", (long)memory);
	for (long i = 0; i < count; i++)
		(void)((volatile char *)memory)[i * PAGE];
}

/* Takes memory until somebody stops it. */
static void eat(void)
{
	for (long i = 0; i < count; i++) {
		char *memory = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		memset(memory, 1, 1 << 20);
	}
}

static void nothing(int number)
{
	(void)number;
}

/* Sleeps until it is told that it got the signals. */
static void signals(void)
{
	await_line();
}

static void *echo(void *unused)
{
	char bytes[PAGE];
	int fd = (int)(long)unused;
	for (;;) {
		ssize_t length = read(fd, bytes, sizeof(bytes));
		if (length <= 0 || write(fd, bytes, length) != length)
			return NULL;
	}
}

/* Says something to an echo of its own and hears it, twice. Between the two it says the ports of its connection; what
 * it then says is dropped where it arrives until it is told to go on. */
static void tcp(void)
{
	struct sock_filter nothing_passes = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog filter = { 1, &nothing_passes };
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = inet_addr(argument) };
	socklen_t length = sizeof(at);
	pthread_t thread;
	char bytes[64] = "";
	int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)&at, sizeof(at)) != 0 || listen(listener, 1) != 0)
		fail("listen");
	getsockname(listener, (struct sockaddr *)&at, &length);
	if (connect(client, (struct sockaddr *)&at, sizeof(at)) != 0)
		fail("connect");
	int server = accept(listener, NULL, NULL);
	pthread_create(&thread, NULL, echo, (void *)(long)server);
	if (write(client, bytes, sizeof(bytes)) != sizeof(bytes) || read(client, bytes, sizeof(bytes)) <= 0)
		fail("echo");
	if (setsockopt(server, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) != 0)
		fail("filter");
	printf("connected %d ", ntohs(at.sin_port));
	getsockname(client, (struct sockaddr *)&at, &length);
	say("from", ntohs(at.sin_port));
	if (write(client, bytes, sizeof(bytes)) != sizeof(bytes))
		fail("write");
	await_line();
	setsockopt(server, SOL_SOCKET, SO_DETACH_FILTER, &filter, sizeof(filter));
	if (read(client, bytes, sizeof(bytes)) <= 0)
		fail("echo");
	close(client);
	pthread_join(thread, NULL);
}

/* Two threads that hand each other the turn. Prints what a turn takes. */
static int turns[2][2];
static void *other_side(void *unused)
{
	char byte;
	(void)unused;
	while (read(turns[0][0], &byte, 1) == 1)
		if (write(turns[1][1], &byte, 1) != 1)
			break;
	return NULL;
}

static void switches(void)
{
	pthread_t thread;
	struct timespec from, to;
	char byte = 0;
	if (pipe(turns[0]) != 0 || pipe(turns[1]) != 0)
		fail("pipe");
	pthread_create(&thread, NULL, other_side, NULL);
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (long i = 0; i < count; i++)
		if (write(turns[0][1], &byte, 1) != 1 || read(turns[1][0], &byte, 1) != 1)
			fail("turn");
	clock_gettime(CLOCK_MONOTONIC, &to);
	close(turns[0][1]);
	pthread_join(thread, NULL);
	say("ns", ((to.tv_sec - from.tv_sec) * 1000000000L + to.tv_nsec - from.tv_nsec) / count);
}

int main(int argc, char **argv)
{
	const char *scenario = argc > 1 ? argv[1] : "";
	argument = argc > 2 ? argv[2] : "";
	count = argc > 3 ? atol(argv[3]) : 1;
	signal(SIGUSR1, nothing);
	say("ready", getpid());
	await_line();
	if (strcmp(scenario, "read") == 0)
		blocks(0);
	else if (strcmp(scenario, "write") == 0)
		blocks(1);
	else if (strcmp(scenario, "touch") == 0)
		touch();
	else if (strcmp(scenario, "page-in") == 0)
		page_in();
	else if (strcmp(scenario, "eat") == 0)
		eat();
	else if (strcmp(scenario, "signals") == 0)
		signals();
	else if (strcmp(scenario, "tcp") == 0)
		tcp();
	else if (strcmp(scenario, "switches") == 0)
		switches();
	else
		return 2;
	say("done", getpid());
	for (;;)
		await_line();
}
