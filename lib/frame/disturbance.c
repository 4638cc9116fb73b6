// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A failed case accuses the kernel. Before it is reported, this file checks whether
 * something else on the machine changed the state that the case checks: the hugetlb pool
 * (now that all processes of the case are gone, does another process have huge pages
 * mapped, or do the pool's counters still change?), the settings of transparent huge pages,
 * and who used the CPUs while the case waited for something.
 */
#include "frame/engine.h"
#include "frame/internal.h"
#include "observe/others.h"
#include "observe/text.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* How long the pool is watched, and how often it is read, milliseconds. */
#define WATCH_MS 300
#define LOOK_MS  2
/* And at most for how long while a process that uses the pool has no CPU. */
#define BUSY_WATCH_MS 3000
/*
 * How long pages that did not leak may be missing, and the extra time for each page of 1
 * GB.
 */
#define AWAY_MS          3000
#define AWAY_MS_GIGABYTE 5000

/* The same text as in runner/observe/neighbours.py. */
#define HP_POOL_USER "process %d (%s) with %ld kB of huge pages"

static struct hp_thp_settings settings;

bool hp_no_other_users(void)
{
	return getenv("HUGEPROOF_LAB") || getenv("HUGEPROOF_ALONE");
}

void hp_disturbance_begin(void)
{
	hp_thp_settings_read(&settings);
}

void hp_about_splits(size_t size)
{
	if (!size) {
		atomic_store(&hp_state->splits_itself, 1);
		return;
	}
	hp_state->mthp_size = size;
	hp_thp_stat_read(size, "split", &hp_state->mthp_splits);
}

long hp_splits_since(void)
{
	long splits;

	hp_thp_stat_read(hp_state->mthp_size, "split", &splits);
	return splits - hp_state->mthp_splits;
}

/* Compaction splits large folios for which it finds no free block. */
static bool split_by_others(char *buf, size_t len)
{
	size_t size = hp_state->mthp_size;
	long splits;

	/* Splits may explain a wrong number, but not wrong contents. */
	if (!size || atomic_load(&hp_state->splits_itself) || hp_moved_by_kernel() <= 0 ||
	    strspn(hp_state->expected, "-0123456789") != strlen(hp_state->expected))
		return false;
	splits = hp_splits_since();
	snprintf(buf, len, "%ld pages of %zu kB of this machine were split meanwhile",
		 splits, size / 1024);
	return splits > 0;
}

/* How long processes are sampled for CPU starvation, and which part of it is too much. */
#define STARVED_MS      200
#define STARVED_LOOK_MS 10
#define STARVED_PART    0.5
/* Which part of the time since the case began may be spent runnable but not running. */
#define WAITED_PART 0.3
/* How many kernel threads are sampled. */
#define MAX_DAEMONS 256

static int case_processes(pid_t pid[HP_MAX_PROCS])
{
	int n = atomic_load(&hp_state->procs), found = 0;

	for (int i = 0; i < n && i < HP_MAX_PROCS; i++)
		pid[found++] = atomic_load(&hp_state->proc[i].pid);
	return found;
}

/*
 * Compaction of all memory drains the per-CPU lists first, one caller at a time, and so
 * does khugepaged before each scan: while another process compacts all memory again and
 * again, khugepaged makes no progress. khugepaged's own compaction stops at one huge page,
 * and so stays below this number of scanned pages.
 */
#define MUCH_COMPACTION 500000

static long pages_compacted(void)
{
	char text[32768];

	if (hp_read_text("/proc/vmstat", text, sizeof(text)) < 0)
		return 0;
	return hp_field(text, "compact_migrate_scanned");
}

/* A sampled process: how often it was runnable, and for how long it ran. */
struct seen {
	int runnable;
	long long ran;
};

/* CPU time that processes have used, nanoseconds. */
static double used_by(const pid_t *pid, int n)
{
	double used = 0;

	for (int i = 0; i < n; i++)
		used += (double)hp_used_ns(pid[i]);
	return used;
}

/* Whether the case kept the CPUs busy itself: its processes wait for one another. */
static bool kept_cpus_busy(double used, double since)
{
	cpu_set_t may;
	int cpus = sched_getaffinity(0, sizeof(may), &may) ? 1 : CPU_COUNT(&may);

	return used > (1 - WAITED_PART) * cpus * since;
}

/* Whether a process of the case was runnable but not running for much of its time. */
static bool waited_long(const pid_t *pid, int n)
{
	double since = (double)(hp_now_ns() - hp_state->began_ns);

	if (hp_state->deadlines_exclude_delay || kept_cpus_busy(used_by(pid, n), since))
		return false;
	for (int i = 0; i < n; i++) {
		long long waited = hp_waited_ns(pid[i]);

		if ((double)waited < WAITED_PART * since)
			continue;
		snprintf(hp_state->starved, sizeof(hp_state->starved),
			 "process %d was runnable but did not run for %lld of the %.0f ms "
			 "of the case: others had the processors",
			 pid[i], waited / 1000000, since / 1e6);
		return true;
	}
	return false;
}

void hp_will_wait_for(pid_t daemon)
{
	hp_state->daemon = daemon;
	hp_state->daemon_waited = daemon ? hp_waited_ns(daemon) : 0;
}

/*
 * Whether the kernel thread that the case waits for was runnable but not running for much
 * of the time.
 */
static bool daemon_waited_long(void)
{
	double since = (double)(hp_now_ns() - hp_state->began_ns);
	long long waited;

	if (!hp_state->daemon)
		return false;
	waited = hp_waited_ns(hp_state->daemon) - hp_state->daemon_waited;
	if ((double)waited < WAITED_PART * since)
		return false;
	snprintf(hp_state->starved, sizeof(hp_state->starved),
		 "kernel thread %d was runnable but did not run for %lld of "
		 "the %.0f ms of the case: others had the processors",
		 hp_state->daemon, waited / 1000000, since / 1e6);
	return true;
}

/* Samples the processes of the case and the kernel's daemons; one thread at a time. */
static void look_for_starvation(void)
{
	static pid_t pid[HP_MAX_PROCS + MAX_DAEMONS];
	static struct seen seen[HP_MAX_PROCS + MAX_DAEMONS];
	int ours, n, looks = STARVED_MS / STARVED_LOOK_MS;
	int64_t began = hp_now_ns();
	double took, used;
	long scanned;

	ours = n = case_processes(pid);
	if (waited_long(pid, n) || daemon_waited_long())
		return;
	n += hp_kernel_daemons(pid + n, MAX_DAEMONS);
	scanned = pages_compacted();
	used = used_by(pid, ours);
	for (int i = 0; i < n; i++)
		seen[i] = (struct seen){0, -hp_ran_ns(pid[i])};
	for (int look = 0; look < looks; look++) {
		if (hp_stop_asked())
			return;
		nanosleep(&(struct timespec){.tv_nsec = STARVED_LOOK_MS * 1000000L}, NULL);
		for (int i = 0; i < n; i++)
			seen[i].runnable += hp_process_state(pid[i]) == 'R';
	}
	took = (double)(hp_now_ns() - began);
	if (kept_cpus_busy(used_by(pid, ours) - used, took))
		n = 0;
	for (int i = 0; i < n; i++) {
		long long ran = hp_ran_ns(pid[i]);

		/* It ended meanwhile, or the kernel has no schedstat. */
		if (ran < 0 || seen[i].ran > 0)
			continue;
		seen[i].ran += ran;
		/* The caller itself is always running when it samples. */
		if (pid[i] == getpid() || seen[i].runnable < STARVED_PART * looks ||
		    (double)seen[i].ran > STARVED_PART * took)
			continue;
		snprintf(hp_state->starved, sizeof(hp_state->starved),
			 "process %d was runnable in %d of %d samples and ran for %lld of "
			 "%.0f ms: others had the processors",
			 pid[i], seen[i].runnable, looks, seen[i].ran / 1000000,
			 took / 1e6);
		return;
	}
	scanned = pages_compacted() - scanned;
	if (scanned >= MUCH_COMPACTION)
		snprintf(hp_state->starved, sizeof(hp_state->starved),
			 "another process compacts memory without a pause, which delays "
			 "others: %ld pages in %d ms (compact_migrate_scanned)",
			 scanned, STARVED_MS);
}

void hp_note_starvation(void)
{
	/* The supervisor's copies outlive a try, and each new try inherits them. */
	static pthread_mutex_t looking = PTHREAD_MUTEX_INITIALIZER;
	static int64_t looked;
	int64_t asked = hp_now_ns();

	if (hp_no_other_users())
		return;
	/* If several threads time out at once, one samples, and what it saw serves all. */
	pthread_mutex_lock(&looking);
	if (looked < asked) {
		look_for_starvation();
		looked = hp_now_ns();
	}
	pthread_mutex_unlock(&looking);
}

/* Threads of the machine that run or could run, without the caller. */
static int runnable_threads(void)
{
	char text[128];
	int n;

	if (hp_read_text("/proc/loadavg", text, sizeof(text)) < 0 ||
	    sscanf(text, "%*s %*s %*s %d", &n) != 1)
		return 0;
	return n - 1;
}

/* How many threads of a process run, or could run. */
static int runnable_of(pid_t pid)
{
	char path[64];
	const struct dirent *entry;
	int runnable = 0;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = opendir(path);
	while (tasks && (entry = readdir(tasks)))
		runnable += atoi(entry->d_name) > 0 &&
			    hp_process_state(atoi(entry->d_name)) == 'R';
	if (tasks)
		closedir(tasks);
	return runnable;
}

/* Whether a process has exited, or waits for another one of the case. */
static bool has_no_part(int slot)
{
	const struct hp_proc *proc = &hp_state->proc[slot];
	char state = hp_process_state(atomic_load(&proc->pid));

	return state == '?' || state == 'Z' || state == 'X' || atomic_load(&proc->waiting);
}

void hp_note_slowness(void)
{
	static pid_t pid[HP_MAX_PROCS];
	static double used[HP_MAX_PROCS];
	int n = case_processes(pid), looks = STARVED_MS / STARVED_LOOK_MS, theirs = 0;
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	int64_t began = hp_now_ns();
	double ran = 0, took;

	if (hp_no_other_users() || hp_state->starved[0])
		return;
	for (int i = 0; i < n; i++)
		used[i] = (double)hp_used_ns(pid[i]);
	for (int look = 0; look < looks; look++) {
		if (hp_stop_asked())
			return;
		nanosleep(&(struct timespec){.tv_nsec = STARVED_LOOK_MS * 1000000L}, NULL);
		theirs += runnable_threads();
		for (int i = 0; i < n; i++)
			theirs -= runnable_of(pid[i]);
	}
	took = (double)(hp_now_ns() - began);
	for (int i = 0; i < n; i++) {
		double since = (double)hp_used_ns(pid[i]) - used[i];

		/* A process that does not run at all may be stuck in the kernel. */
		if (since <= 0 && !has_no_part(i))
			return;
		if (!has_no_part(i))
			ran += since;
	}
	if (ran <= 0 || kept_cpus_busy(ran, took) || theirs < cpus * looks)
		return;
	snprintf(hp_state->starved, sizeof(hp_state->starved),
		 "the case ran for %.0f of %.0f ms, and of others %d.%d threads on average "
		 "wanted a processor, of which there are %ld",
		 ran / 1e6, took / 1e6, theirs / looks, theirs * 10 / looks % 10, cpus);
}

static bool is_us(pid_t pid)
{
	return pid == getpid();
}

static bool is_of_case(pid_t pid)
{
	int n = atomic_load(&hp_state->procs);

	if (pid == getpid())
		return true;
	for (int i = 0; i < n && i < HP_MAX_PROCS; i++)
		if (atomic_load(&hp_state->proc[i].pid) == pid)
			return true;
	return false;
}

bool hp_pool_shared(char *buf, size_t len)
{
	const char *user = getenv("HUGEPROOF_POOL_USER");
	struct hp_other other;

	if (hp_no_other_users())
		return false;
	if (user) {
		snprintf(buf, len, "%s", user);
		return true;
	}
	if (!hp_other_with_hugetlb(&other, is_of_case))
		return false;
	snprintf(buf, len, HP_POOL_USER, other.pid, other.name, other.hugetlb_kb);
	return true;
}

void hp_about_pool(void)
{
	atomic_store(&hp_state->about_pool, 1);
}

static bool same_pool(const struct hp_hugetlb_counts *a, const struct hp_hugetlb_counts *b)
{
	return a->total == b->total && a->free == b->free && a->rsvd == b->rsvd &&
	       a->surp == b->surp;
}

/* All sizes: a program without a page size checks all pools for leaks as well. */
static int read_pools(struct hp_hugetlb_counts pool[HP_MAX_SIZES])
{
	size_t sizes[HP_MAX_SIZES];
	int n = hp_hugetlb_sizes(sizes);

	for (int i = 0; i < n; i++)
		if (hp_hugetlb_read(sizes[i], &pool[i]))
			return 0;
	return n;
}

static bool same_pools(const struct hp_hugetlb_counts *a, const struct hp_hugetlb_counts *b,
		       int n)
{
	for (int i = 0; i < n; i++)
		if (!same_pool(&a[i], &b[i]))
			return false;
	return true;
}

/* Whether the runner has named this user of the pool, with as many pages, for all programs.
 */
static bool same_as_before(const struct hp_other *other)
{
	const char *known = getenv("HUGEPROOF_POOL_USER");
	char user[160];

	snprintf(user, sizeof(user), HP_POOL_USER, other->pid, other->name,
		 other->hugetlb_kb);
	return known && !strcmp(user, known);
}

/* Whether a process is runnable and has had no time to change the pool since `ran`, ns. */
static bool awaits_cpu(pid_t pid, long long ran)
{
	return pid && hp_process_state(pid) == 'R' &&
	       hp_ran_ns(pid) - ran < WATCH_MS / 10 * 1000000LL;
}

/*
 * None of our processes runs any more, and pages that are freed late after an exit have
 * been waited for. A process that changes the pool now, or has pages of it mapped that it
 * did not have when the run began, may have done so during the case.
 */
static bool pool_moved(char *buf, size_t len)
{
	static struct hp_hugetlb_counts first[HP_MAX_SIZES], now[HP_MAX_SIZES];
	struct hp_other other = {.pid = 0};
	int moves = 0, n = read_pools(first);
	bool found = false, new = false, theirs;
	long long ran = 0;

	for (int ms = 0;
	     ms < WATCH_MS || (ms < BUSY_WATCH_MS && awaits_cpu(other.pid, ran));
	     ms += LOOK_MS) {
		if (hp_stop_asked())
			return false;
		if (ms % (10 * LOOK_MS) == 0 && !found &&
		    (found = hp_other_with_hugetlb(&other, is_us))) {
			ran = hp_ran_ns(other.pid);
			new = !same_as_before(&other);
		}
		if (read_pools(now) != n)
			break;
		moves += !same_pools(first, now, n);
		if (found && (new || moves))
			break;
		memcpy(first, now, sizeof(first));
		nanosleep(&(struct timespec){.tv_nsec = LOOK_MS * 1000000L}, NULL);
	}
	theirs = found && (new || moves);
	if (theirs)
		snprintf(buf, len,
			 "process %d (%s) has %ld kB of huge pages mapped as well, and the "
			 "pool changed %d times while none of our processes ran",
			 other.pid, other.name, other.hugetlb_kb, moves);
	else if (moves > 1)
		snprintf(buf, len,
			 "the pool changed %d times in %d ms while none of our processes "
			 "ran",
			 moves, WATCH_MS);
	return theirs || moves > 1;
}

/* Whether the check that failed compares counters of the pool, in whatever words. */
static bool about_pool(void)
{
	return atomic_load(&hp_state->about_pool) ||
	       strstr(hp_state->check, "hp_hugetlb()");
}

/*
 * Whether another user of the pool can cause such a failure: other counters, a failed
 * allocation, an incomplete set-up. Wrong contents cannot be explained by it.
 */
static bool pool_explains(const char *kind, const char *got)
{
	int number = atoi(got);
	static const char *const shortages[] = {"ENOMEM", "ENOSPC", "EBUSY", "SIGBUS"};

	if (about_pool() || !strcmp(kind, "leak") || !strcmp(kind, "broken"))
		return true;
	/*
	 * An errno that a check compared with 0. EEXIST: UFFDIO_COPY fails so when it gets
	 * no page (known-issues.md).
	 */
	if (!strcmp(hp_state->expected, "0") &&
	    (number == ENOMEM || number == ENOSPC || number == EBUSY || number == EEXIST))
		return true;
	for (size_t i = 0; i < sizeof(shortages) / sizeof(shortages[0]); i++)
		if (strstr(got, shortages[i]))
			return true;
	return false;
}

enum hp_disturbance hp_disturbance_found(const char *kind, const char *got, char *buf,
					 size_t len)
{
	struct hp_thp_settings now;
	char changed[768], shared[160];

	/* In the lab's guest there are no other users. */
	if (hp_no_other_users())
		return HP_UNDISTURBED;
	if (hp_state->others_use_changed && hp_pool_shared(shared, sizeof(shared))) {
		snprintf(buf, len, "another user's part of the pool changed: %s", shared);
		return HP_POOL_MOVED;
	}
	if (pool_explains(kind, got) && pool_moved(buf, len))
		return HP_POOL_MOVED;
	if (hp_state->starved[0] &&
	    (!strcmp(kind, "timeout") || atomic_load(&hp_state->timed_out))) {
		snprintf(buf, len, "%s", hp_state->starved);
		return HP_STARVED;
	}
	if (split_by_others(buf, len))
		return HP_PAGES_SPLIT;
	hp_thp_settings_read(&now);
	if (hp_thp_settings_changed(&settings, &now, changed, sizeof(changed))) {
		settings = now;
		snprintf(buf, len, "settings were changed meanwhile: %s", changed);
		return HP_SETTINGS_CHANGED;
	}
	if (hp_state->foreign[0]) {
		snprintf(buf, len, "settings were changed meanwhile: %s",
			 hp_state->foreign);
		return HP_SETTINGS_CHANGED;
	}
	return HP_UNDISTURBED;
}

/*
 * Only a pool's size changed, by unused pages: this is what an administrator does, and a
 * case that never set that pool's size cannot. The runner uses the same rule (resized_alone
 * in runner/observe/counters.py).
 */
enum hp_disturbance hp_pools_resized(const char *kind, const char *got,
				     const struct hp_hugetlb_counts *before,
				     const struct hp_hugetlb_counts *after, int n,
				     char *buf, size_t len)
{
	const bool leak = !strcmp(kind, "leak");
	enum hp_disturbance found = HP_UNDISTURBED;

	/* A poisoned page leaves its pool. */
	if (hp_no_other_users() || hp_program.poisons || !pool_explains(kind, got))
		return HP_UNDISTURBED;
	for (int i = 0; i < n; i++) {
		const struct hp_hugetlb_counts *was = &before[i], *is = &after[i];

		if (same_pool(was, is))
			continue;
		if (atomic_load(&hp_state->sized) & is->page_size ||
		    is->total - was->total != is->free - was->free ||
		    is->rsvd != was->rsvd || is->surp != was->surp) {
			/* What leaked from one pool is not explained by another. */
			if (leak)
				return HP_UNDISTURBED;
			continue;
		}
		/* A check is of the pool under test, where there is one. */
		if (!leak && hp_page_size && is->page_size != hp_page_size)
			continue;
		snprintf(buf, len,
			 "another process set the pool of %zu kB to %ld pages, it had %ld",
			 is->page_size / 1024, is->total - is->surp,
			 was->total - was->surp);
		found = HP_SETTINGS_CHANGED;
	}
	return found;
}

enum hp_disturbance hp_pools_came_back(const char *kind, const char *got,
				       const struct hp_hugetlb_counts *before, int n,
				       char *buf, size_t len)
{
	const bool leak = !strcmp(kind, "leak");
	static struct hp_hugetlb_counts now[HP_MAX_SIZES];
	int64_t began = hp_now_ns(), watch_ms = AWAY_MS;

	if (hp_no_other_users() || !pool_explains(kind, got) || read_pools(now) != n)
		return HP_UNDISTURBED;
	/* Pages that came back do not explain wrong contents or a signal. */
	if (!leak && !about_pool())
		return HP_UNDISTURBED;
	if (same_pools(before, now, n) && !hp_state->freed_late)
		return HP_UNDISTURBED;
	for (int i = 0; i < n; i++)
		if (!same_pool(&before[i], &now[i]))
			watch_ms += (int64_t)(now[i].page_size >> 30) * AWAY_MS_GIGABYTE;
	for (;;) {
		int64_t ms = (hp_now_ns() - began) / 1000000;

		if (read_pools(now) == n && same_pools(before, now, n)) {
			snprintf(buf, len,
				 "the pools were as before the case again %" PRId64
				 " ms later: another process had the pages, or held the "
				 "memory of one that had exited",
				 ms);
			return leak ? HP_POOL_MOVED : HP_FREED_LATE;
		}
		if (ms >= watch_ms || hp_stop_asked())
			return HP_UNDISTURBED;
		nanosleep(&(struct timespec){.tv_nsec = LOOK_MS * 1000000L}, NULL);
	}
}
