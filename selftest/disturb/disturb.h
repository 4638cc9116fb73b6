/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shared by the files of disturb: changes of settings, kinds of load, statistics. */
#ifndef DISTURB_H
#define DISTURB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#define THP        "/sys/kernel/mm/transparent_hugepage/"
#define KHUGEPAGED THP "khugepaged/"
#define KSM        "/sys/kernel/mm/ksm/"

/* Command line options. */
struct options {
	double seconds; /* 0: until a signal */
	double after;   /* delay before kind `admin` changes settings */
	long pool;      /* size of the pool to set up; -1: leave it */
	long pages;     /* number that kind `hugetlb` uses at a time */
};

extern struct options options;

/* Statistics of a kind, in memory shared by all processes. */
struct figures {
	_Atomic bool ready;
	_Atomic bool go; /* all kinds are ready */
	_Atomic unsigned long rounds;
	_Atomic unsigned long refused; /* rounds that failed for lack of memory */
	char note[128];                /* why it ended early, or does less than requested */
};

struct kind {
	const char *name;
	/*
	 * Changes settings, in the main process. Returns 0, or -errno and the name of the
	 * file in *file; then the kind is left out.
	 */
	int (*prepare)(const char **file);
	/* Runs in a process of its own, which is killed at the end. */
	void (*work)(struct figures *figures);
	int processes;
	bool again; /* restart it if it is killed, as by the OOM killer */
	/* A kernel counter that shows the effect: a file, and a key in it. */
	const char *witness, *key;
};

extern const struct kind kinds[];
extern const int n_kinds;

/* text.c: returns 0 or -errno. */
int read_word(const char *path, char *word, size_t size);
int read_number(const char *path, const char *key, long *value);
int write_word(const char *path, const char *word);

/* changes.c: changes of settings, each recorded before it is made. */
int changes_begin(void);
/* Changes a setting, which is restored unconditionally. Returns 0 or -errno. */
int change(const char *path, const char *value);
/*
 * Changes a setting like an administrator: it is restored only if it still has this value.
 */
int change_by_hand(const char *path, const char *value);
/* Adds pages to the default pool, to be removed at the end. Returns 0 or -errno. */
int grow_pool(long pages);
long pool_pages(void);
/*
 * Forks the guardian, which restores everything after all other processes have ended, in
 * whatever way. Returns its pid or -errno.
 */
pid_t changes_guard(void);
/* Closes the main process's end of the pipe, and waits for the guardian. */
void changes_wait(pid_t guardian);

/* kinds */
long page_bytes(void);
long huge_bytes(void); /* the default huge page size, or that of a THP; 2 MB if unknown */
void nap(double seconds);
void nap_random(double up_to);
void touch(char *memory, size_t bytes, char value);
void dies_with(pid_t parent);

void work_compaction(struct figures *figures);
int prepare_compaction(const char **file);
int prepare_khugepaged(const char **file);
void work_khugepaged(struct figures *figures);
int prepare_thp_always(const char **file);
void work_thp_always(struct figures *figures);
int prepare_ksm(const char **file);
void work_ksm(struct figures *figures);
void work_memory(struct figures *figures);
int prepare_cache(const char **file);
void work_cache(struct figures *figures);
void work_burn(struct figures *figures);
void work_readers(struct figures *figures);
int prepare_hugetlb(const char **file);
void work_hugetlb(struct figures *figures);
int prepare_neighbour(const char **file);
void work_neighbour(struct figures *figures);
int prepare_tmpfs(const char **file);
void work_tmpfs(struct figures *figures);
int prepare_admin(const char **file);
void work_admin(struct figures *figures);
int prepare_kmsg(const char **file);
void work_kmsg(struct figures *figures);

#endif
