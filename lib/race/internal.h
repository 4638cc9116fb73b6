/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Internal to the race engine. Not for programs.
 *
 *   target.c     makes what is raced over
 *   shadow.c     the oracle: what each page may hold now
 *   access.c     pages read and written, each word judged by the oracle
 *   race.c       a race from its declaration to its judgement
 *   workers.c    the threads, their pace and their end
 *   operation.c  one operation: its range, and its announcement to the oracle
 *   record.c     what each actor did, and the report
 *   narrow.c     a part of the race, for minimise
 *   act_*.c      the actors
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
#define KEPT        128 /* operations that a worker records */
#define STAMPS      4   /* words of a page that carry its generation */

/*
 * The shadow state of a base page in one process, or in all that share it. The last
 * complete write was of generation `done`; a writer may be writing `begun`. Generations up
 * to `lost` may have been lost, and while `losing` is not 0, any may be.
 */
struct entry {
	_Atomic uint32_t begun, done, lost;
	_Atomic uint16_t losing;
	_Atomic uint8_t busy;     /* a writer works on it */
	_Atomic uint8_t ever_bad; /* poisoned at some time, or being poisoned */
	_Atomic uint32_t
		writer; /* the worker that wrote it last, counted from 1; 0: none */
	_Atomic int64_t written_ns;
	uint32_t mine_from; /* generations from here on are by `owner`, earlier ones by
			       `before` */
	uint8_t owner, before;
};

/*
 * A window is open while an actor has a huge page unmapped or poisoned, or its file
 * truncated: accesses may fail then.
 */
struct window {
	_Atomic uint32_t open, times;
	_Atomic uint32_t alone; /* held by an actor that must be alone */
};

struct worker_op {
	int64_t began_ns, ended_ns;
	long number;
	uint32_t first, pages;
	int result;
};

struct hp_worker {
	const struct hp_actor *actor;
	struct race_process *process;
	int index;
	_Atomic pid_t tid;                /* of its thread; 0: not started */
	_Atomic long ops, not_now, reads; /* reads: pages that the oracle judged */
	_Atomic int64_t op_began_ns;      /* start of the current operation; 0: none */
	uint32_t op_first, op_pages;      /* its range, in base pages of the target */
	_Atomic uint64_t in; /* huge pages that it has worked on in the current operation */
	long met[MAX_WORKERS]; /* by actor: hp_record_meetings() */
	struct {
		int error;
		long times;
	} results[MAX_ERRNOS];
	uint64_t choices; /* hash of the first operations' choices */
	long limit;       /* operations until it must check again whether it is ahead */
	struct worker_op op[KEPT];
};

struct race_process;

/* What a forked child may find in the pages of one operation, and which were unmapped. */
struct snapshot {
	size_t first, pages;
	struct entry *entries;
	uint32_t *window_times; /* by huge page */
	bool *unusable;         /* by huge page: a window was open during the fork */
};

/* A process of the race. */
struct race_process {
	int number;
	pid_t pid;
	struct entry *entries;  /* its own, or common to all if the target is shared */
	struct window *windows; /* by huge page: it may be unmapped */
	struct window *bad;     /* by huge page: a part may be poisoned */
	struct hp_area *area;
	const struct snapshot *snapshot; /* in a forked child; else NULL */
};

struct race {
	const struct hp_race *asked;
	enum hp_target kind;
	struct hp_area *area;
	int fd;
	size_t huge, base;        /* page sizes, bytes */
	size_t pages, huge_pages; /* base pages, huge pages */
	size_t pages_per_huge;
	long rounds; /* as in struct hp_race, for huge pages of this size */
	bool shared, file;
	_Atomic uint8_t *holed;         /* by page: the file has or had a hole there */
	struct window *ends;            /* by huge page: the file may end before it */
	int processes, actors, workers; /* workers: processes x actors */
	const struct hp_actor *actor[MAX_WORKERS];
	struct race_process *process;
	struct hp_worker *worker;
	struct hp_barrier *start, *finish;
	int64_t began_ns, ended_ns;
	_Atomic bool stop;
};

extern struct race
	*hp_race_now; /* the race of the case, in memory shared by its processes */

/* target.c */
void hp_target_make(struct race *race);
void hp_target_unmap(struct race *race, struct race_process *process);
size_t hp_target_granule(const struct race *race);

/* Used by access.c to judge what it reads. */
uint64_t hp_shadow_stamp(unsigned int owner, size_t page, uint32_t generation);
size_t hp_shadow_words(void);
size_t hp_shadow_stamp_word(int n);
bool hp_shadow_is_stamp(size_t word);
struct entry *hp_shadow_entry(const struct race_process *process, size_t page);
volatile uint64_t *hp_shadow_word(const struct race_process *process, size_t page,
				  size_t word);
void hp_shadow_judge(const struct race_process *process, size_t page, size_t word,
		     uint64_t got, uint32_t from);
void hp_shadow_write(volatile uint64_t *words, unsigned int owner, size_t page,
		     uint32_t generation);
bool hp_shadow_in_window(const struct window *window, uint32_t times);
bool hp_shadow_bad_now(const struct race_process *process, size_t page, uint32_t times);

/* shadow.c */
void hp_shadow_make(struct race *race);
void hp_shadow_fill(struct race *race);
/* Judges every word of every page, after all actors have stopped. */
void hp_shadow_check_all(struct race_process *process);
void hp_shadow_lose(struct race_process *process, size_t first, size_t pages, bool begin);
void hp_shadow_holes(size_t first, size_t pages);
void hp_shadow_bad(struct race_process *process, size_t first, size_t pages, bool begin);
/*
 * Around a fork: record what the child's copy of memory may contain. The first is called
 * before the fork, the second in the child.
 */
void hp_shadow_before_fork(struct hp_operation *op, struct snapshot *snapshot);
void hp_shadow_after_fork(struct hp_operation *op, struct snapshot *snapshot);

/* operation.c */
void hp_operation_choose_range(struct hp_operation *op, enum hp_range range);
/* Runs the actor's operation, and announces it to the oracle. */
int hp_operation_run(struct hp_worker *worker, struct hp_operation *op);

/* workers.c: runs all actors of a process, from the start to the end of the race. */
void hp_race_work(struct race_process *process);

/* narrow.c */
/* The race that the parameter `race` asks for, of what the program declares. */
const struct hp_race *hp_narrowed(const struct hp_race *asked);
/* Whether the race is to be shown, and not run. */
bool hp_narrow_shows(void);
/* The part of the target that the actor works on. */
enum hp_range hp_narrow_range(const struct hp_actor *actor);

/* record.c */
void hp_record_op(struct hp_worker *worker, const struct worker_op *op);
/* Bits of huge pages: of a range of base pages, or of one. Those beyond 64 share bits. */
uint64_t hp_record_bits(size_t first, size_t pages);
/*
 * Ends the worker's operation for the others, and counts the actors that are in one on the
 * same huge page: of two operations that overlap the one that ends first counts the other.
 */
void hp_record_meetings(struct hp_worker *worker);
void hp_record_choice(struct hp_worker *worker, uint64_t choice);
void hp_record_report(struct race *race);
/* Sets the page whose last operations a failure reports. */
void hp_record_blame(size_t page);
void hp_record_writer(const struct entry *entry);
void hp_record_history(char *buf, size_t size);

/* Whether the actor may return the errno. */
bool hp_race_allowed_errno(const struct hp_actor *actor, int error);

#endif
