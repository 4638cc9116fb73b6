// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Generates the load of a busy machine, to check that the suite's verdicts are reliable
 * there. Not a test: used by check_disturbed.py.
 *
 *     disturb KIND[,KIND...]|all [--seconds S] [--pool N] [--after S] [--pages N]
 *
 * Prints "disturbing: KINDS (pid N)" when all kinds are running, and a line of statistics
 * for each at the end: after the time, on SIGTERM or SIGINT, or when its parent exits. All
 * settings are restored then, even after a SIGKILL.
 */
#include "disturb.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define READY_SECONDS 120
#define MOST_PROCS    64

struct options options = {.after = 10, .pool = -1, .pages = 4};

const struct kind kinds[] = {
	{"compaction", prepare_compaction, work_compaction, .processes = 1,
	 .witness = "/proc/vmstat", .key = "compact_migrate_scanned"},
	{"khugepaged", prepare_khugepaged, work_khugepaged, .processes = 1,
	 .witness = KHUGEPAGED "pages_collapsed"},
	{"thp-always", prepare_thp_always, work_thp_always, .processes = 1,
	 .witness = "/proc/vmstat", .key = "thp_fault_alloc"},
	{"ksm", prepare_ksm, work_ksm, .processes = 1, .witness = KSM "full_scans"},
	{"memory", NULL, work_memory, .processes = 1, .again = true,
	 .witness = "/proc/vmstat", .key = "pgfault"},
	{"cache", prepare_cache, work_cache, .processes = 1, .witness = "/proc/vmstat",
	 .key = "drop_pagecache"},
	{"burn", NULL, work_burn, .processes = 4},
	{"hugetlb", prepare_hugetlb, work_hugetlb, .processes = 1},
	{"neighbour", prepare_neighbour, work_neighbour, .processes = 1},
	{"tmpfs", prepare_tmpfs, work_tmpfs, .processes = 1, .witness = "/proc/vmstat",
	 .key = "thp_file_alloc"},
	{"admin", prepare_admin, work_admin, .processes = 1},
	{"kmsg", prepare_kmsg, work_kmsg, .processes = 1},
	{"readers", NULL, work_readers, .processes = 4},
};
const int n_kinds = sizeof(kinds) / sizeof(kinds[0]);

/* A process of a kind. */
static struct proc {
	pid_t pid;
	int kind;
} procs[MOST_PROCS];
static int n_procs;

/* By kind. */
static struct figures *figures;
static bool chosen[sizeof(kinds) / sizeof(kinds[0])];
static long witnessed[sizeof(kinds) / sizeof(kinds[0])];

long huge_bytes(void)
{
	static long bytes;
	long kb;

	if (!bytes && !read_number("/proc/meminfo", "Hugepagesize", &kb) && kb > 0)
		bytes = kb * 1024;
	if (!bytes && (read_number(THP "hpage_pmd_size", NULL, &bytes) || bytes <= 0))
		bytes = 2L << 20;
	return bytes;
}

void nap(double seconds)
{
	struct timespec time = {(time_t)seconds, (long)(fmod(seconds, 1) * 1e9)};

	while (nanosleep(&time, &time) && errno == EINTR)
		;
}

void nap_random(double up_to)
{
	nap(up_to * (double)(random() % 1000) / 1000);
}

void touch(char *memory, size_t bytes, char value)
{
	size_t step = (size_t)sysconf(_SC_PAGESIZE);

	for (size_t at = 0; at < bytes; at += step)
		((volatile char *)memory)[at] = value;
}

void dies_with(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static _Noreturn void __attribute__((format(printf, 1, 2))) refuse(const char *format, ...)
{
	va_list args;

	fputs("disturb: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

static double number(const char *option, const char *text, double most, bool whole)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !(value >= 0 && value <= most) ||
	    (whole && value != floor(value)))
		refuse("--%s %s: not a %snumber from 0 to %g", option, text,
		       whole ? "whole " : "", most);
	return value;
}

static void choose(char *names)
{
	char *rest = names, *name;
	int i;

	while ((name = strsep(&rest, ","))) {
		for (i = 0; i < n_kinds; i++) {
			if (strcmp(name, kinds[i].name) && strcmp(name, "all"))
				continue;
			chosen[i] = true;
			if (strcmp(name, "all"))
				break;
		}
		if (i == n_kinds && strcmp(name, "all")) {
			fprintf(stderr, "disturb: no kind '%s': take all, or of", name);
			for (i = 0; i < n_kinds; i++)
				fprintf(stderr, " %s", kinds[i].name);
			fputc('\n', stderr);
			exit(2);
		}
	}
}

static void parse(int argc, char **argv)
{
	static const struct option known[] = {{"seconds", required_argument, NULL, 's'},
					      {"pool", required_argument, NULL, 'p'},
					      {"after", required_argument, NULL, 'a'},
					      {"pages", required_argument, NULL, 'n'},
					      {NULL, 0, NULL, 0}};
	int got;

	opterr = 0;
	while ((got = getopt_long(argc, argv, "", known, NULL)) != -1)
		switch (got) {
		case 's':
			options.seconds = number("seconds", optarg, 1e6, false);
			if (options.seconds <= 0)
				refuse("--seconds %s: no time at all", optarg);
			break;
		case 'p':
			options.pool = (long)number("pool", optarg, 1e6, true);
			break;
		case 'a':
			options.after = number("after", optarg, 1e6, false);
			break;
		case 'n':
			options.pages = (long)number("pages", optarg, 1e5, true);
			if (!options.pages)
				refuse("--pages 0: no pages at all");
			break;
		default:
			refuse("%s: unknown option, or missing value (usage: disturb "
			       "KIND[,KIND...]|all [--seconds S] [--pool N] [--after S] "
			       "[--pages N])",
			       argv[optind - 1]);
		}
	if (optind != argc - 1)
		refuse("%s (usage: disturb KIND[,KIND...]|all [--seconds S] [--pool N] "
		       "[--after S] [--pages N])",
		       optind == argc ? "which kinds?" : "kinds must be one word");
	choose(argv[optind]);
}

static void start(int kind)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		refuse("cannot fork: %s", strerror(errno));
	if (pid) {
		procs[n_procs++] = (struct proc){pid, kind};
		return;
	}
	dies_with(parent);
	srandom((unsigned int)getpid());
	kinds[kind].work(&figures[kind]);
	_exit(0);
}

static void prepare(void)
{
	int left = 0;

	if (options.pool >= 0) {
		int wrong = grow_pool(options.pool - pool_pages());

		if (wrong)
			fprintf(stderr, "disturb: a pool of %ld pages: %s\n", options.pool,
				strerror(-wrong));
	}
	for (int i = 0; i < n_kinds; i++) {
		const char *file = "";
		int wrong = chosen[i] && kinds[i].prepare ? kinds[i].prepare(&file) : 0;

		if (wrong) {
			fprintf(stderr, "disturb: without %s: %s: %s\n", kinds[i].name,
				file, strerror(-wrong));
			chosen[i] = false;
		}
		left += chosen[i];
		if (chosen[i] && kinds[i].witness &&
		    read_number(kinds[i].witness, kinds[i].key, &witnessed[i]))
			witnessed[i] = -1;
	}
	fflush(NULL);
	if (!left) {
		fputs("disturb: no kind can run on this machine\n", stderr);
		exit(1);
	}
}

/*
 * Records processes that have ended. A kind with .again, which the OOM killer may kill, is
 * restarted.
 */
static void reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (int i = 0; i < n_procs; i++) {
			int kind = procs[i].kind;

			if (procs[i].pid != pid)
				continue;
			procs[i] = procs[--n_procs];
			snprintf(figures[kind].note, sizeof(figures[kind].note),
				 "killed by signal %d%s", WTERMSIG(status),
				 kinds[kind].again ? " and started anew" : "");
			if (kinds[kind].again)
				start(kind);
			else
				figures[kind].ready = true;
			break;
		}
}

static bool all_ready(void)
{
	for (int i = 0; i < n_kinds; i++)
		if (chosen[i] && !figures[i].ready)
			return false;
	return true;
}

static void say_ready(void)
{
	const char *between = "disturbing: ";

	for (int i = 0; i < n_kinds; i++)
		if (chosen[i]) {
			printf("%s%s", between, kinds[i].name);
			between = ",";
		}
	printf(" (pid %d)\n", getpid());
	fflush(stdout);
	for (int i = 0; i < n_kinds; i++)
		figures[i].go = true;
}

static void say_figures(void)
{
	for (int i = 0; i < n_kinds; i++) {
		const char *name = kinds[i].key ?: kinds[i].witness;
		long value;

		if (!chosen[i])
			continue;
		printf("%s: %lu rounds", kinds[i].name, (unsigned long)figures[i].rounds);
		if (figures[i].refused)
			printf(", %lu refused", (unsigned long)figures[i].refused);
		if (name && witnessed[i] >= 0 &&
		    !read_number(kinds[i].witness, kinds[i].key, &value))
			printf(", %s +%ld",
			       strrchr(name, '/') ? strrchr(name, '/') + 1 : name,
			       value - witnessed[i]);
		if (figures[i].note[0])
			printf(" (%s)", figures[i].note);
		putchar('\n');
	}
	fflush(stdout);
}

/* Runs all kinds until a signal, or the end of the time. */
static void disturb(const sigset_t *ends)
{
	double began = now(), end;
	bool reported = false;

	for (int i = 0; i < n_kinds; i++)
		for (int j = 0; chosen[i] && j < kinds[i].processes; j++)
			start(i);
	/* The time begins when all kinds are ready. */
	end = began + READY_SECONDS;
	while (now() < end) {
		struct timespec wait = {0, 10000000};
		int got = sigtimedwait(ends, NULL, &wait);

		if (got > 0)
			break;
		reap();
		if (reported || !all_ready())
			continue;
		say_ready();
		reported = true;
		end = options.seconds > 0 ? now() + options.seconds : INFINITY;
	}
	if (!reported)
		fputs("disturb: ended before all kinds were at work\n", stderr);
	for (int i = 0; i < n_procs; i++)
		kill(procs[i].pid, SIGKILL);
	for (int i = 0; i < n_procs; i++)
		waitpid(procs[i].pid, NULL, 0);
	if (reported)
		say_figures();
}

int main(int argc, char **argv)
{
	pid_t parent = getppid();
	sigset_t ends;
	pid_t guardian;

	parse(argc, argv);
	if (geteuid())
		refuse("needs root");
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGHUP);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		return 1;
	figures = mmap(NULL, sizeof(*figures) * (size_t)n_kinds, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (figures == MAP_FAILED || changes_begin())
		refuse("no memory: %s", strerror(errno));
	guardian = changes_guard();
	if (guardian < 0)
		refuse("cannot fork: %s", strerror(-guardian));
	prepare();
	disturb(&ends);
	changes_wait(guardian);
	return 0;
}
