/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of disturb share: settings that find their way back, kinds, figures. */
#ifndef DISTURB_H
#define DISTURB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#define THP        "/sys/kernel/mm/transparent_hugepage/"
#define KHUGEPAGED THP "khugepaged/"
#define KSM        "/sys/kernel/mm/ksm/"

/* What was said on the command line. */
struct options {
	double seconds; /* 0: until a signal */
	double after;   /* when the administrator comes */
	long pool;      /* pages of an administrator's pool; -1: as it is */
	long pages;     /* that kind `hugetlb` takes at a time */
};

extern struct options options;

/* What a kind has done so far, in memory that all processes share. */
struct figures {
	_Atomic bool ready;
	_Atomic bool go; /* all kinds are at work */
	_Atomic unsigned long rounds;
	_Atomic unsigned long refused; /* rounds for which there was no memory */
	char note[128];                /* why it ended early, or does less than asked */
};

struct kind {
	const char *name;
	/*
	 * In the main process: changes settings. Returns 0, or -errno with *file telling
	 * which file it was; then the kind is left out.
	 */
	int (*prepare)(const char **file);
	/* In a process of its own, which is killed at the end. */
	void (*work)(struct figures *figures);
	int processes;
	bool again; /* is started anew when it was killed: by the OOM killer */
	/* The kernel's own count of what it was made to do: a file, and a key in it. */
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
/* Written back at the end, whatever is there by then. Returns 0 or -errno. */
int change(const char *path, const char *value);
/* As an administrator by hand: put back only while it is still as it was set. */
int change_by_hand(const char *path, const char *value);
/* Adds pages to the default pool; as many are given back. Returns 0 or -errno. */
int grow_pool(long pages);
long pool_pages(void);
/*
 * Forks the process that puts everything back once all others are gone, in whatever
 * way they went. Nobody else has anything to do for it. Returns its pid or -errno.
 */
pid_t changes_guard(void);
/* The main process leaves nothing but its own end for the guardian to wait for. */
void changes_wait(pid_t guardian);

/* kinds */
long page_bytes(void);
long huge_bytes(void); /* of the default huge page size, or of a THP; 2 MB if unknown */
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
