/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the parts of the frame share: the state of the running case, in memory common to the
 * supervisor, the case and every process of the case. Not for programs.
 */
#ifndef HP_FRAME_INTERNAL_H
#define HP_FRAME_INTERNAL_H

#include "frame/case.h"
#include "frame/check.h"
#include "observe/hugetlb.h"
#include "observe/vmstat.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/types.h>

#define HP_MAX_PROCS    1024
#define HP_MAX_OBSERVED 64
#define HP_MAX_UNDO     512
#define HP_METRIC_BYTES (1000 * 1000) /* the runner reads lines of 1 MB */

enum hp_reported { HP_NOTHING, HP_FAILED, HP_BROKEN, HP_SKIPPED, HP_DISTURBED, HP_SHORT };

/* A process of the case: the case itself is the first. */
struct hp_proc {
	_Atomic pid_t pid;
	_Atomic int waiting; /* threads that wait for another process of the case */
	char step[160];
	struct hp_death {
		int signo, code;
		void *addr;
		short addr_lsb;
	} death;
};

struct hp_undo {
	enum hp_undo_kind {
		HP_UNDO_NONE,
		HP_UNDO_WRITE,
		HP_UNDO_UMOUNT,
		HP_UNDO_RMDIR,
		HP_UNDO_UNLINK,
		HP_UNDO_SHM,
		HP_UNDO_POISON
	} kind;
	int id;
	/* HP_UNDO_SHM: whose id it is; creator 0: not known. */
	int key, creator;
	time_t changed;
	char path[192], value[64];
	char wrote[64]; /* HP_UNDO_WRITE: how our last value reads back; empty: not known */
};

struct hp_case_state {
	/* The first process to claim the report writes it; reported is set when it is
	 * whole. */
	_Atomic int claimed, reported;
	_Atomic int finished; /* the case returned */
	char at[160], check[320], expected[2048], got[2048], step[160];

	bool theirs_moved; /* what others have in use of a pool changed, by our cgroup */
	bool freed_late;   /* the pools were as before only after all processes had gone */
	_Atomic int of_time;     /* the check that failed had waited in vain */
	_Atomic int of_pool;     /* the check that failed was of the pool's counters */
	_Atomic int sizes_pool;  /* the case gave a pool another size itself */
	size_t short_of;         /* bytes: of what size there was no free memory */
	struct hp_vmstat events; /* when the case began */
	int64_t began_ns;        /* when that was */
	/*
	 * A thread of the kernel that the case waits for, and for how long it had not been
	 * let run by then, ns.
	 */
	pid_t daemon;
	long long daemon_waited;
	bool reckons_itself; /* hp_reckons_itself() */

	_Atomic int observed;
	struct {
		char key[48], value[160];
	} observation[HP_MAX_OBSERVED];

	_Atomic unsigned long progress; /* grows whenever somebody stops waiting */
	_Atomic int procs;
	_Atomic int forked; /* by hp_fork, whether or not they have registered yet */
	struct hp_proc proc[HP_MAX_PROCS];

	/*
	 * Pages of this size the case maps, and how often such had been split until then.
	 */
	size_t mthp_size;
	long mthp_splits;
	_Atomic int splits_itself; /* the case has pages split */
	char starved[160];         /* who waited for a processor when time ran out */
	char foreign[512];         /* settings that somebody else changed after us */
	char lost[320];            /* page frames that could not be unpoisoned */
	char history[4096]; /* what led to the failure, as far as an engine knows it */

	size_t metric_bytes; /* of metrics */

	_Atomic int undos;
	_Atomic int journal_begun; /* the file of that name is ours */
	int program_undos;         /* the first of them, made before the case began */
	off_t program_journal;     /* bytes of the journal that tell of those */
	struct hp_undo undo[HP_MAX_UNDO];

	char metrics[HP_METRIC_BYTES]; /* JSON objects, one a line */
};

extern struct hp_case_state *hp_state;
extern struct hp_proc *hp_self; /* of the calling process; NULL in the supervisor */
extern bool hp_verbose;

/* report.c */
void hp_state_clear(void);
/* Registers the calling process with the case and arms the death recorder. */
void hp_enter_process(void);

/* guard.c: SIGSEGV and SIGBUS of the calling process. */
void hp_guard_arm(struct hp_proc *self);

/* describe.c */
const char *hp_program_name(void);
const char *hp_program_area(void);
int hp_cases(const struct hp_case *const **cases); /* sorted by line; returns how many */
void hp_describe(FILE *out);
/* Text as a JSON string, which is also a YAML one. */
void hp_print_quoted(FILE *out, const char *text);
/*
 * "tests/hugetlb/cow.c": the last three parts of a path, however the compiler was called.
 */
const char *hp_short_file(const char *path);

/*
 * source.c: NULL, or what is wrong with the sources of the program, in buf. Then the
 * sources as a JSON list of objects, and as one JSON string for people.
 */
const char *hp_wrong_sources(char *buf, size_t len);
void hp_print_sources(FILE *out);
void hp_print_source_texts(FILE *out);

/*
 * need.c: NULL, or what is wrong with a need of the program, or of one of its cases, in
 * buf.
 */
const char *hp_wrong_needs(char *buf, size_t len);

/* supervise.c: runs the cases chosen and prints TAP. Returns the exit status. */
int hp_supervise(const struct hp_case *const *cases, int n);

/*
 * disturbance.c: whether somebody else had a hand in a case that failed, all of whose
 * processes are gone. Writes who, and by how much, to buf. In the lab's guest nobody has.
 */
enum hp_disturbance {
	HP_UNDISTURBED,
	HP_SETTINGS_CHANGED,
	HP_POOL_MOVED,
	HP_STARVED,
	HP_PAGES_SPLIT,
	HP_FREED_LATE
};
void hp_disturbance_begin(void);
/* In the lab's guest, and where $HUGEPROOF_ALONE says so, nobody else is looked for. */
bool hp_nobody_else(void);
/*
 * Before time runs out: records who of the case, or khugepaged, does not get a
 * processor. Looks on for 200 ms.
 */
void hp_note_starvation(void);
enum hp_disturbance hp_disturbance_found(const char *kind, const char *got, char *buf,
					 size_t len);
/*
 * The same, of the n pools as they were before the case and when it had been undone: an
 * administrator gave one another size. Like a setting that changed.
 */
enum hp_disturbance hp_pools_resized(const char *kind, const char *got,
				     const struct hp_hugetlb_counts *before,
				     const struct hp_hugetlb_counts *after, int n,
				     char *buf, size_t len);

/*
 * A leak lasts. Watches the n pools that were left changed for some seconds: when they are
 * as before the case by themselves, another process had pages that nothing showed, as it
 * has while a gigantic page is being cleared for its fault (HP_POOL_MOVED). Or one that is
 * not let run is in the middle of reading /proc/PID/smaps, or even cmdline: it holds the
 * memory of a process that has exited, and a check of the pool fails (HP_FREED_LATE; at
 * each try one after the other nobody does so).
 */
enum hp_disturbance hp_pools_came_back(const char *kind, const char *got,
				       const struct hp_hugetlb_counts *before, int n,
				       char *buf, size_t len);

/*
 * attempt.c: whether a signal asked the program to stop, now or before. Nothing else looks
 * for one once the case has ended: whoever waits then asks. False in processes of the case.
 */
bool hp_stop_asked(void);

/* undo.c: takes back all but the first `keep` records, last first. */
void hp_undo_back_to(int keep);

/* journal.c: a line for the runner, before the change is made. */
void hp_journal(const struct hp_undo *undo);
off_t hp_journal_length(void);
/* Leaves so many bytes of it; 0: nothing. */
void hp_journal_cut(off_t length);
/*
 * The journal belongs to the supervisor, whichever process of a case writes to it.
 * The supervisor's own first call is what the others inherit.
 */
pid_t hp_journal_owner(void);

#endif
