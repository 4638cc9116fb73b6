/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Activity of other processes on the machine: which ones have hugetlb pages mapped, which
 * settings of transparent huge pages changed, and how many free blocks of a size there are.
 * Consulted after a failure, before the kernel is blamed.
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
 * Finds a process that has hugetlb pages mapped and for which ours(pid) is false. Returns
 * false if there is none.
 */
bool hp_other_with_hugetlb(struct hp_other *other, bool (*ours)(pid_t pid));

/*
 * How long a thread (for a pid, the main thread) has run so far, ns (/proc/PID/schedstat;
 * -1 without one), and its state ('R': running or runnable; '?': it has exited).
 */
long long hp_ran_ns(pid_t pid);
char hp_process_state(pid_t pid);

/*
 * The run delay of a process, ns: how long a thread was runnable without running, for the
 * thread with the longest (/proc/PID/task/TID/schedstat; 0 without one). The kernel updates
 * it only when the thread gets a CPU.
 */
long long hp_waited_ns(pid_t pid);

/* The CPU time used by all threads of a process, ns; 0 if it has exited. */
long long hp_used_ns(pid_t pid);

/* The voluntary context switches of a process so far; -1 if it has exited. */
long hp_voluntary_switches(pid_t pid);

/* The pid of a process by its name, such as "khugepaged"; 0 if there is none. */
pid_t hp_process_named(const char *name);

/*
 * The kernel threads that memory management depends on: khugepaged, kcompactd, kswapd and
 * the kworkers (which drain the per-CPU lists). Writes at most n pids, and returns how
 * many; none in a container with a pid namespace.
 */
int hp_kernel_daemons(pid_t *pid, int n);

/* The current settings of transparent huge pages and of khugepaged. */
#define HP_THP_SETTINGS 9
struct hp_thp_settings {
	char value[HP_THP_SETTINGS][96]; /* empty: the kernel has no such setting */
};

void hp_thp_settings_read(struct hp_thp_settings *settings);

/*
 * Describes in buf what changed between the two, such as: enabled is "always", was
 * "madvise". Returns false if nothing did.
 */
bool hp_thp_settings_changed(const struct hp_thp_settings *before,
			     const struct hp_thp_settings *after, char *buf, size_t len);

/*
 * Free blocks of the buddy allocator (/proc/buddyinfo) of at least `size` bytes, counted in
 * units of that size; -1 if the allocator has no such order, or it cannot be read.
 */
long hp_free_blocks(size_t size);

#endif
