/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What others do on this machine meanwhile: who has hugetlb pages mapped, which settings of
 * transparent huge pages were changed, and how much free memory there is of a size. Looked
 * at when something is not as expected, before the kernel is accused.
 */
#ifndef HP_OBSERVE_OTHERS_H
#define HP_OBSERVE_OTHERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A process that has hugetlb pages mapped (HugetlbPages of /proc/PID/status). */
struct hp_other {
	pid_t pid;
	char name[32];
	long hugetlb_kb;
};

/*
 * Finds a process that has hugetlb pages mapped and of which ours(pid) is false; false when
 * there is none just now.
 */
bool hp_other_with_hugetlb(struct hp_other *other, bool (*ours)(pid_t pid));

/*
 * How long a thread (a process: its main thread) has run so far, in ns
 * (/proc/PID/schedstat), and its state ('R': it runs or could; '?': it is gone). -1 ns
 * where that is not told.
 */
long long hp_ran_ns(pid_t pid);
char hp_process_state(pid_t pid);

/*
 * How long the thread of a process that waited longest could run and was not let, in ns
 * (/proc/PID/task/TID/schedstat); 0 where that is not told. The kernel adds it up only when
 * the thread gets a processor.
 */
long long hp_waited_ns(pid_t pid);

/* The processor time that a process has used, all its threads, in ns; 0 when it is gone. */
long long hp_used_ns(pid_t pid);

/* How often a process has gone to sleep by itself so far; -1 when it is gone. */
long hp_voluntary_switches(pid_t pid);

/* The process of that name, such as "khugepaged"; 0 when there is none. */
pid_t hp_process_named(const char *name);

/*
 * The kernel's threads that memory management waits for: khugepaged, kcompactd, kswapd and
 * the workers (who drain the lists of each processor). Writes at most n to pid, and returns
 * how many; none in a container, which does not see them.
 */
int hp_kernel_daemons(pid_t *pid, int n);

/* The common settings of transparent huge pages and of khugepaged, as they are. */
#define HP_THP_SETTINGS 9
struct hp_thp_settings {
	char value[HP_THP_SETTINGS][96]; /* empty: the kernel has none such */
};

void hp_thp_settings_read(struct hp_thp_settings *settings);

/*
 * Writes to buf what changed between the two: enabled is "always", was "madvise", ....
 * False when nothing did.
 */
bool hp_thp_settings_changed(const struct hp_thp_settings *before,
			     const struct hp_thp_settings *after, char *buf, size_t len);

/*
 * Free blocks of the page allocator (/proc/buddyinfo) as blocks of `size` bytes, larger
 * ones counted as so many; -1 when there are no blocks of that size, or it cannot be read.
 */
long hp_free_blocks(size_t size);

#endif
