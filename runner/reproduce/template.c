// SPDX-License-Identifier: LGPL-2.1-or-later
/*
@HEAD@
 *
 * Build and run:  cc -O2 -o reproducer reproducer.c && sudo ./reproducer [ROUNDS]
 * Exit status: 0 the kernel does what it should, 1 it does not, 2 it could not be tried.
 * Nobody else should use huge pages of this size meanwhile. nr_hugepages and
 * nr_overcommit_hugepages are put back at the end.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
//IF touch
#include <setjmp.h>
//END
#include <signal.h>
#include <stdarg.h>
//IF touch
#include <stdint.h>
//END
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE_KB @PAGE_KB@UL
#define PAGE    (PAGE_KB << 10)
#define SIZE    (__builtin_ctzl(PAGE) << 26) /* MAP_HUGE_SHIFT, MFD_HUGE_SHIFT */
#define FLAGS   (@FLAGS@)

//IF touch
enum access { READ, WRITE };

//END
static char *area;
static size_t area_size;
static int fd, at_step;
static const char *what;
static pid_t first; /* the process that set up, and puts back */
static long old_pages = -1, old_overcommit = -1;

/* A file of the pool: of the first node where there are more and it has it, else of all. */
static const char *path_of(const char *file, int of_node)
{
	static char path[160];

	snprintf(path, sizeof(path), "%s/hugepages/hugepages-%lukB/%s",
		 of_node && !access("/sys/devices/system/node/node1", F_OK)
			 ? "/sys/devices/system/node/node0"
			 : "/sys/kernel/mm",
		 PAGE_KB, file);
	return path;
}

static long get(const char *file)
{
	FILE *stream = fopen(path_of(file, 0), "r");
	long value = -1;

	if (stream) {
		if (fscanf(stream, "%ld", &value) != 1)
			value = -1;
		fclose(stream);
	}
	return value;
}

static int set(const char *file, int of_node, long value)
{
	FILE *stream = fopen(path_of(file, of_node), "w");

	if (!stream)
		return -1;
	fprintf(stream, "%ld\n", value);
	return fclose(stream);
}

static void restore(void)
{
	if (old_overcommit >= 0)
		set("nr_overcommit_hugepages", 0, old_overcommit);
	if (old_pages >= 0 && get("nr_hugepages") != old_pages)
		set("nr_hugepages", 0, old_pages);
}

static void leave(int status, const char *format, ...)
{
	va_list args;

	printf(status == 1 ? "WRONG at step %d (%s): " : "cannot be tried, step %d (%s): ",
	       at_step, what ? what : "set-up");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
	if (getpid() == first)
		restore();
	_exit(status);
}

static void step(int number, const char *words)
{
	at_step = number;
	what = words;
}

/* A system call returned this; it should have failed with that errno, or not (0). */
static void check(int got, int error, const char *call)
{
	int now = got < 0 ? errno : 0;

	if (now != error)
		leave(1, "%s: expected %s, got %s", call, error ? strerror(error) : "success",
		      now ? strerror(now) : "success");
}

static void counts(long total, long free, long rsvd, long surp)
{
	long now[] = {get("nr_hugepages"), get("free_hugepages"), get("resv_hugepages"),
		      get("surplus_hugepages")};

	if (now[0] != total || now[1] != free || now[2] != rsvd || now[3] != surp)
		/* Before the first step it is nobody's fault. */
		leave(at_step ? 1 : 2,
		      "expected nr %ld, free %ld, resv %ld, surplus %ld, got nr %ld, free %ld, "
		      "resv %ld, surplus %ld",
		      total, free, rsvd, surp, now[0], now[1], now[2], now[3]);
}

//IF page
static char *page(long number)
{
	return area + number * PAGE;
}

//END
static void map(long pages, int works)
{
	char *addr;

	area_size = pages * PAGE;
	addr = mmap(NULL, area_size, PROT_READ | PROT_WRITE, FLAGS, fd, 0);
	check(addr == MAP_FAILED ? -1 : 0, works ? 0 : ENOMEM, "mmap");
	if (works)
		area = addr;
}

//IF touch
static sigjmp_buf fault;

static void on_fault(int number)
{
	siglongjmp(fault, number);
}

/* First and last word of a page: written, or read and compared. */
static void touch(enum access access, long number, uint64_t value, int works)
{
	volatile uint64_t *first = (uint64_t *)page(number);
	volatile uint64_t *last = (uint64_t *)(page(number) + PAGE) - 1;
	int got = sigsetjmp(fault, 1);

	if (got) {
		if (works || got != SIGBUS)
			leave(1, "expected %s, got %s", works ? "no signal" : "SIGBUS",
			      strsignal(got));
		return;
	}
	if (access == WRITE)
		*first = *last = value;
	if (!works)
		leave(1, "expected SIGBUS, got no signal, and %llu in page %ld",
		      (unsigned long long)*first, number);
	if (*first != value || *last != value)
		leave(1, "expected %llu in page %ld, got %llu and %llu",
		      (unsigned long long)value, number, (unsigned long long)*first,
		      (unsigned long long)*last);
}

//END
//IF fork
static int to_child[2], to_parent[2];
static pid_t child;

/* The other process had its turn; one that is gone has said what was wrong. */
static void hear(int from)
{
	char byte;

	if (read(from, &byte, 1) != 1)
		_exit(1);
}

static void say(int to)
{
	if (write(to, "", 1) != 1)
		_exit(1);
}

static void await_turn(void)
{
	hear(to_child[0]);
}

static void end_turn(void)
{
	say(to_parent[1]);
}

static void give_turn(void)
{
	say(to_child[1]);
	hear(to_parent[0]);
}

static void begin_child(void (*live)(void))
{
	if (pipe(to_child) || pipe(to_parent))
		leave(2, "pipe: %s", strerror(errno));
	fflush(stdout);
	child = fork();
	if (child < 0)
		leave(2, "fork: %s", strerror(errno));
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(to_child[1]);
		close(to_parent[0]);
		live();
		_exit(0);
	}
	close(to_child[0]);
	close(to_parent[1]);
}

static void end_child(void)
{
	int status;

	say(to_child[1]);
	if (waitpid(child, &status, 0) != child || status)
		leave(1, "the child ended with status %#x", status);
	close(to_child[1]);
	close(to_parent[0]);
}

//END
static void set_pages(long pages)
{
	set("nr_hugepages", 1, pages);
}

static void set_up(void)
{
	first = getpid();
	if (get("nr_hugepages") < 0)
		leave(2, "the kernel has no huge pages of %lu kB", PAGE_KB);
	if (get("nr_hugepages") != get("free_hugepages") || get("resv_hugepages"))
		leave(2, "somebody else uses huge pages of %lu kB", PAGE_KB);
	old_overcommit = get("nr_overcommit_hugepages");
	old_pages = get("nr_hugepages");
}

/* A pool of this size. */
static void make_pool(long pages, long overcommit)
{
	set("nr_overcommit_hugepages", 0, overcommit);
	if (get("nr_hugepages") != pages) {
		set("nr_hugepages", 0, 0);
		set_pages(pages);
	}
	if (get("nr_hugepages") != pages)
		leave(2, "no pool of %ld pages of %lu kB: the kernel made %ld (are you root?)",
		      pages, PAGE_KB, get("nr_hugepages"));
}

/* A new file; so many pages are promised to a mapping that keeps them. */
static void begin(long reserved)
{
	unsigned long node = 1;

	if (reserved && mmap(NULL, reserved * PAGE, PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB | SIZE, -1, 0) == MAP_FAILED)
		leave(2, "cannot reserve %ld pages: %s", reserved, strerror(errno));
	if (!access("/sys/devices/system/node/node1", F_OK))
		syscall(SYS_set_mempolicy, 2 /* MPOL_BIND */, &node, 8 * sizeof(node));
	fd = memfd_create("reproducer", MFD_HUGETLB | SIZE);
	if (fd < 0)
		leave(2, "memfd_create: %s", strerror(errno));
}

@CHILDREN@
static void once(void)
{
	begin(@RESERVED@);
	counts(@BEGINS@);
@STEPS@
}

/* In a process of its own each time: what it leaves goes with it. */
static int one_round(void)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		once();
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 2;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : @ROUNDS@, status = 0, round = 0;

//IF touch
	signal(SIGBUS, on_fault);
	signal(SIGSEGV, on_fault);
//END
	signal(SIGPIPE, SIG_IGN);
	set_up();
	while (!status && round < rounds) {
		round++;
		make_pool(@TOTAL@, @OVERCOMMIT@);
		status = one_round();
	}
	restore();
	if (status == 1)
		printf("in round %d of %d\n", round, rounds);
	if (!status)
		printf("the kernel does what it should, %d times\n", rounds);
	return status;
}
