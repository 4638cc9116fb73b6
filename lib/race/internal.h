/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the rooms of the race engine share. Not for programs.
 *
 *   target.c  makes what is raced over
 *   ledger.c  the oracle: what each page may hold now
 *   race.c    a race from its declaration to its judgement
 *   crew.c    the threads, their pace and their end
 *   turn.c    one operation: its range, what the oracle is told of it
 *   record.c  what each actor did, and the report
 *   act_*.c   the actors
 */
#ifndef HP_RACE_INTERNAL_H
#define HP_RACE_INTERNAL_H

#include "race/race.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define MAX_WORKERS 96
#define MAX_ERRNOS  12
#define KEPT        128 /* operations that a worker remembers */
#define STAMPS      4   /* words of a page that carry its generation */

/*
 * What the oracle knows of a base page in one process, or in all that share it. The page
 * was last written as generation `done`; a writer may be at `begun`. What had begun up to
 * generation `lost` may be gone, and while somebody is `losing` it, anything may.
 */
struct entry {
	_Atomic uint32_t begun, done, lost;
	_Atomic uint16_t losing;
	_Atomic uint8_t busy;     /* a writer is at it */
	_Atomic uint8_t ever_bad; /* poisoned at some time, or about to be */
	_Atomic uint32_t writer;  /* the worker that wrote it last, from 1 on; 0: none */
	_Atomic int64_t written_ns;
	uint32_t mine_from; /* from this generation on `owner` wrote it */
	uint8_t owner, before;
};

/* Accesses to a huge page may fail while somebody holds its gap open. */
struct gap {
	_Atomic uint32_t open, times;
	_Atomic uint32_t alone; /* taken by an actor that must be alone */
};

struct worker_op {
	int64_t began_ns, ended_ns;
	long number;
	uint32_t first, pages;
	int result;
};

struct hp_worker {
	const struct hp_actor *actor;
	struct side *side;
	int index;
	_Atomic long ops, not_now, reads; /* reads: pages that the oracle judged */
	_Atomic int64_t op_began_ns;      /* of the operation it is in; 0: in none */
	struct {
		int error;
		long times;
	} results[MAX_ERRNOS];
	uint64_t choices; /* hash of the first operations' choices */
	long limit;       /* operations until it must look whether it is ahead */
	struct worker_op op[KEPT];
};

struct side;

/* What a forked child may find: the pages of one turn, and where nothing was mapped. */
struct snapshot {
	size_t first, pages;
	struct entry *entries;
	uint32_t *gap_times; /* by huge page */
	bool *unusable;      /* by huge page: the fork fell into a gap */
};

/* A process of the race. */
struct side {
	int number;
	pid_t pid;
	struct entry *entries; /* its own, or those of all when the target is shared */
	struct gap *gaps;      /* by huge page: nothing may be mapped there */
	struct gap *bad;       /* by huge page: some of it may be poisoned */
	struct hp_area *area;
	const struct snapshot *snapshot; /* of a forked child; else NULL */
};

struct race {
	const struct hp_race *asked;
	enum hp_target kind;
	struct hp_area *area;
	int fd;
	size_t huge, base;        /* page sizes, bytes */
	size_t pages, huge_pages; /* base pages, huge pages */
	size_t pages_per_huge;
	bool shared, file;
	_Atomic uint8_t *holed;     /* by page: the file has or had a hole there */
	struct gap *ends;           /* by huge page: the file may end before it */
	int sides, actors, workers; /* workers: sides x actors */
	const struct hp_actor *actor[MAX_WORKERS];
	struct side *side;
	struct hp_worker *worker;
	struct hp_barrier *start, *finish;
	int64_t began_ns, ended_ns;
	_Atomic bool stop;
};

extern struct race *race_now; /* of the case; in memory common to its processes */

/* target.c */
void target_make(struct race *race);
void target_unmap(struct race *race, struct side *side);
size_t target_granule(const struct race *race);

/* ledger.c */
void ledger_make(struct race *race);
void ledger_fill(struct race *race);
/* Judges every word of every page. Nobody may be at work on the side's target. */
void ledger_check_all(struct side *side);
void ledger_lose(struct side *side, size_t first, size_t pages, bool begin);
void ledger_holes(size_t first, size_t pages);
void ledger_bad(struct side *side, size_t first, size_t pages, bool begin);
/*
 * Around a fork: what the child's copy of memory may hold. The first is called
 * before it, the second in the child, which is then a side of its own (snapshot).
 */
void ledger_before_fork(struct hp_turn *turn, struct snapshot *snapshot);
void ledger_after_fork(struct hp_turn *turn, struct snapshot *snapshot);

/* turn.c */
void turn_choose_range(struct hp_turn *turn, enum hp_range range);
/* The actor's operation on the turn's range, announced to the oracle. */
int turn_operate(struct hp_worker *worker, struct hp_turn *turn);

/* crew.c: all actors of a side, from the start to the end of the race. */
void crew_work(struct side *side);

/* record.c */
void record_op(struct hp_worker *worker, const struct worker_op *op);
void record_choice(struct hp_worker *worker, uint64_t choice);
void record_report(struct race *race);
/* The last operations on a page are what a failure tells. */
void record_blame(size_t page);
void record_writer(const struct entry *entry);
void record_history(char *buf, size_t size);

/* The errno is one that the actor may return. */
bool allowed_errno(const struct hp_actor *actor, int error);

#endif
