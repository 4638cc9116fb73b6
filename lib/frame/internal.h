/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Internal to the frame: the state of the running case, in memory shared by the supervisor
 * and every process of the case. Not for programs.
 */
#ifndef HP_FRAME_INTERNAL_H
#define HP_FRAME_INTERNAL_H

#include "frame/case.h"
#include "frame/check.h"
#include "observe/hugetlb.h"
#include "observe/vmstat.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define HP_MAX_PROCS    1024
#define HP_MAX_OBSERVED 160
#define HP_MAX_UNDO     512
#define HP_METRIC_BYTES (1000 * 1000) /* the runner reads lines of at most 1 MB */

enum hp_reported { HP_NOTHING, HP_FAILED, HP_BROKEN, HP_SKIPPED, HP_DISTURBED, HP_SHORT };

/* A process of the case. The first is the case itself. */
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
		HP_UNDO_POISON,
		HP_UNDO_SWAPON
	} kind;
	int id;
	/* HP_UNDO_SHM: identify the segment, since ids are reused; creator 0: unknown. */
	int key, creator;
	time_t changed;
	char path[192], value[64];
	char wrote[64]; /* HP_UNDO_WRITE: how the last value written reads back; empty:
			   unknown */
};

struct hp_case_state {
	/*
	 * The first process to claim the report writes it, and sets reported when it is
	 * complete.
	 */
	_Atomic int claimed, reported;
	_Atomic int finished; /* the case returned */
	char at[160], check[320], expected[2048], got[2048], step[160];

	bool others_use_changed; /* the use of a pool by others changed, as accounted by our
			      cgroup */
	bool freed_late; /* the pools were restored only some time after all processes had
			    exited */
	_Atomic int timed_out;   /* the check that failed timed out */
	_Atomic int about_pool;  /* the check that failed is about the pool's counters */
	_Atomic uint64_t sized;  /* pools that the case resized itself, by page size */
	size_t short_of;         /* hp_short_of(): size of the pages, bytes */
	struct hp_vmstat events; /* as of the beginning of the case */
	int64_t began_ns;        /* when the case began */
	/*
	 * hp_will_wait_for(): a kernel thread, and how long it had waited for a CPU by
	 * then, ns.
	 */
	pid_t daemon;
	long long daemon_waited;
	bool deadlines_exclude_delay; /* hp_deadlines_exclude_delay() */

	_Atomic int observed;
	struct {
		char key[48], value[160];
	} observation[HP_MAX_OBSERVED];

	_Atomic unsigned long progress; /* grows whenever a wait ends */
	_Atomic int procs;
	_Atomic int forked; /* processes forked, whether or not they have registered yet */
	struct hp_proc proc[HP_MAX_PROCS];

	/* hp_about_splits(): the size of the pages, and how many had been split by then. */
	size_t mthp_size;
	long mthp_splits;
	_Atomic int splits_itself; /* the case splits pages itself */
	char starved[160];         /* which process did not get a CPU before a time-out */
	char foreign[512];         /* settings that another process changed after us */
	char lost[320];            /* page frames that could not be unpoisoned */
	char history[4096]; /* what led to the failure, from hp_set_history_writer() */

	size_t metric_bytes; /* used of metrics */

	_Atomic int undos;
	_Atomic int journal_begun; /* the journal file exists and is ours */
	int program_undos;     /* how many of them were recorded before the case began */
	off_t program_journal; /* bytes of the journal for those */
	struct hp_undo undo[HP_MAX_UNDO];

	char metrics[HP_METRIC_BYTES]; /* JSON objects, one per line */
};

extern struct hp_case_state *hp_state;
extern struct hp_proc *hp_self; /* of the calling process; NULL in the supervisor */
extern bool hp_verbose;

/* report.c */
void hp_state_clear(void);
/* Registers the calling process with the case, and installs its signal handlers. */
void hp_enter_process(void);

/* guard.c: installs the handlers of SIGSEGV and SIGBUS. */
void hp_guard_arm(struct hp_proc *self);

/* describe.c */
const char *hp_program_name(void);
const char *hp_program_area(void);
int hp_cases(const struct hp_case *const **cases); /* in source order; returns how many */
/* Prints the names of the cases that are made of the table `name`, if there is one. */
void hp_print_rows(FILE *out, const char *name);
void hp_describe(FILE *out);
/* The n-th parameter, from 0, of the program and then of its engines; NULL: no more. */
const struct hp_parameter *hp_nth_parameter(int n);
/* Prints text as a JSON string, which is valid YAML too. */
void hp_print_quoted(FILE *out, const char *text);
/*
 * The last three components of a path, such as "tests/hugetlb/cow.c", wherever it was
 * built.
 */
const char *hp_short_file(const char *path);

/*
 * source.c: returns NULL, or buf with what is wrong with the sources of the program. The
 * others print the sources, as a JSON list of objects and as one readable JSON string.
 */
const char *hp_wrong_sources(char *buf, size_t len);
void hp_print_sources(FILE *out);
void hp_print_source_texts(FILE *out);

/*
 * need.c: returns NULL, or buf with what is wrong with a need of the program or its cases.
 */
const char *hp_wrong_needs(char *buf, size_t len);

/*
 * tag.c: returns NULL, or buf with what is wrong with the tags of the program or its cases.
 * The other prints the tags of a case as a member of a JSON object, if there are any.
 */
const char *hp_wrong_tags(char *buf, size_t len);
void hp_print_case_tags(FILE *out, const char *name);

/* supervise.c: runs the chosen cases and prints TAP. Returns the exit status. */
int hp_supervise(const struct hp_case *const *cases, int n);

/*
 * disturbance.c: whether something else on the machine may have caused the failure of a
 * case, whose processes have all exited. Describes it in buf. Never in the lab's guest.
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
/* True in the lab's guest, and with $HUGEPROOF_ALONE: other users are not looked for. */
bool hp_no_other_users(void);
/*
 * Records which process of the case, or which kernel thread, does not get a CPU. Samples
 * them for 200 ms.
 */
void hp_note_starvation(void);
/*
 * At a case's time limit: records that each of its processes runs, or waits for another one
 * of the case, while other processes want more processors than there are (nr_running of
 * /proc/loadavg). What the case waits for may be held by one of these. Samples for 200 ms.
 */
void hp_note_slowness(void);
enum hp_disturbance hp_disturbance_found(const char *kind, const char *got, char *buf,
					 size_t len);
/*
 * The same for the sizes of the n pools, before the case and after its changes were undone:
 * another process, such as an administrator's, resized one.
 */
enum hp_disturbance hp_pools_resized(const char *kind, const char *got,
				     const struct hp_hugetlb_counts *before,
				     const struct hp_hugetlb_counts *after, int n,
				     char *buf, size_t len);

/*
 * Tells a leak from pages that are only freed late: watches the n pools for some seconds.
 * If they return to their state before the case, either another process had pages that
 * nothing showed, such as a gigantic page that is still being cleared in its fault
 * (HP_POOL_MOVED); or a preempted reader of /proc/PID/smaps or cmdline held a reference to
 * the memory of a process that had exited, and a check of the pool failed (HP_FREED_LATE;
 * this does not happen at every try).
 */
enum hp_disturbance hp_pools_came_back(const char *kind, const char *got,
				       const struct hp_hugetlb_counts *before, int n,
				       char *buf, size_t len);

/*
 * attempt.c: whether a signal has asked the program to stop. The signals are blocked, so
 * every wait after the end of a case must poll this. False in processes of the case.
 */
bool hp_stop_asked(void);

/* undo.c: undoes all records but the first `keep`, last first. */
void hp_undo_back_to(int keep);

/* journal.c: writes a record for the runner, before the change is made. */
void hp_journal(const struct hp_undo *undo);
off_t hp_journal_length(void);
/* Truncates the journal to length bytes; 0: removes it. */
void hp_journal_cut(off_t length);
/*
 * The journal is named after the supervisor, whichever process of a case writes to it. The
 * supervisor must call this first, so that its children inherit the value.
 */
pid_t hp_journal_owner(void);

#endif
