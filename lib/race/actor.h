/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The declaration of an actor. Its operation is a function of a few lines, which works on a
 * range that the engine chooses; the declaration says everything that the oracle must know
 * about it.
 */
#ifndef HP_RACE_ACTOR_H
#define HP_RACE_ACTOR_H

#include "fixture/area.h"
#include "frame/case.h"
#include "frame/random.h"

#include <stddef.h>
#include <stdint.h>

/* The kind of memory that is raced over. Files of shmem or hugetlb are memfds. */
enum hp_target {
	HP_ANON_THP,
	HP_ANON_MTHP, /* anonymous, of a huge page size below the one that a PMD maps */
	HP_SHMEM_SHARED,
	HP_SHMEM_PRIVATE,
	HP_HUGETLB_SHARED,  /* a file of the page size under test */
	HP_HUGETLB_PRIVATE, /* anonymous */
	HP_TARGETS
};

/**
 * DOC: Write an actor of a race
 */

/**
 * HP_ON() - the set of a single target
 * @target: of enum hp_target
 *
 * For members of struct hp_actor; combine sets with |.
 */
#define HP_ON(target) (1U << (target))
#define HP_ON_ALL     (HP_ON(HP_TARGETS) - 1)
#define HP_ON_HUGETLB (HP_ON(HP_HUGETLB_SHARED) | HP_ON(HP_HUGETLB_PRIVATE))
#define HP_ON_SHMEM   (HP_ON(HP_SHMEM_SHARED) | HP_ON(HP_SHMEM_PRIVATE))
#define HP_ON_ANON    (HP_ON(HP_ANON_THP) | HP_ON(HP_ANON_MTHP))
#define HP_ON_THP     (HP_ON_ANON | HP_ON_SHMEM)
#define HP_ON_SHARED  (HP_ON(HP_SHMEM_SHARED) | HP_ON(HP_HUGETLB_SHARED))
#define HP_ON_FILES   (HP_ON_SHMEM | HP_ON(HP_HUGETLB_SHARED))
#define HP_ON_PRIVATE (HP_ON_ALL & ~HP_ON_SHARED)

/* The part of the target that an operation works on. */
enum hp_range {
	HP_HUGE_PAGE, /* one whole huge page */
	HP_PART,      /* some base pages of a huge page; with hugetlb: one huge page */
	HP_BASE_PAGE, /* one base page */
	HP_EITHER,    /* a whole huge page or a part of one, at random */
	HP_WHOLE      /* all of the target */
};

struct hp_operation;
struct race_process;

struct hp_actor {
	const char *name;
	const char *summary; /* a noun phrase, for "during concurrent ..." */
	/* Does one operation; returns 0, an errno, or HP_NOT_NOW. */
	int (*act)(struct hp_operation *op);
	unsigned int targets; /* the targets that it supports */
	enum hp_range range;

	/* What other actors may find in the range during and after the operation. */
	unsigned int loses;  /* targets whose private changes are lost (MADV_DONTNEED) */
	unsigned int holes;  /* targets whose file has holes (zeros) afterwards */
	unsigned int absent; /* targets on which an access may raise SIGSEGV during it */
	unsigned int ends; /* targets on which an access may raise SIGBUS, beyond the end of
			      the file */
	bool takes_frames; /* takes the page frame out of use for the whole machine */
	bool alone;        /* only one such actor at a time works on a huge page */

	const int *errnos; /* HP_ERRNOS: the errnos that the documentation allows */
	/*
	 * HP_NEEDS; and a function for further needs, which returns a reason in buf, or
	 * NULL, and may change settings.
	 */
	const char *const *needs;
	const char *(*unmet)(char *buf, size_t size);
	/* Called in the actor's thread before and after all of its operations. */
	void (*begin)(struct hp_operation *op);
	void (*end)(struct hp_operation *op);
	bool contents;          /* accesses pages through the oracle, which records them */
	long most;              /* most operations in a race; 0: no limit */
	bool may_never_succeed; /* it is no failure if all its operations fail */
};

/**
 * HP_ERRNOS() - the errnos that the documentation allows an actor to return
 * @...: the errnos
 *
 * For .errnos of struct hp_actor.
 */
#define HP_ERRNOS(...) ((const int[]){__VA_ARGS__, 0})

/*
 * The operation was not tried because another one works on the range. Counted separately.
 */
#define HP_NOT_NOW (-1)

/* One operation. */
struct hp_operation {
	const struct hp_area *area; /* the target in this process */
	int fd;                     /* its file, or -1 */
	enum hp_target target;
	char *addr; /* the range */
	size_t size;
	size_t granule; /* smallest unit to which mappings of the target can be split */
	struct hp_random random;  /* seeded by seed, actor, process and number */
	int64_t began_ns;         /* when the operation began */
	long number;              /* number of the operation: 0, 1, 2, ... */
	void *own;                /* private to the actor, set by begin */
	char *spare;              /* an aligned address range of one huge page, PROT_NONE */
	struct hp_worker *worker; /* for the engine, like process */
	struct race_process *process;
};

/**
 * hp_errno() - the errno of a call
 * @call: evaluated once; -1 or MAP_FAILED means that it failed
 *
 * Evaluates to errno, or 0.
 */
#define hp_errno(call) ((intptr_t)(call) == -1 ? errno : 0)

/**
 * hp_offset() - the offset of an operation's range in the target
 * @op: the operation
 *
 * Return: bytes.
 */
static inline off_t hp_offset(const struct hp_operation *op)
{
	return (off_t)(op->addr - op->area->addr);
}

/**
 * hp_operation_first() - the first page of an operation's range
 * @op: the operation
 *
 * Return: the number of a base page of the target, from 0.
 */
size_t hp_operation_first(const struct hp_operation *op);

/**
 * hp_operation_pages() - the length of an operation's range
 * @op: the operation
 *
 * Return: base pages.
 */
size_t hp_operation_pages(const struct hp_operation *op);

/**
 * hp_read_pages() - read random pages of the range, and check their contents
 * @op: the operation
 * @n: how many base pages
 *
 * Return: 0; EFAULT: some are absent just now.
 * Errors: wrong contents fail the race.
 */
int hp_read_pages(struct hp_operation *op, int n);

/**
 * hp_write_pages() - write a new generation to random pages of the range
 * @op: the operation
 * @n: how many base pages
 *
 * Return: 0; EFAULT: some are absent just now.
 */
int hp_write_pages(struct hp_operation *op, int n);

/*
 * Transfers n words between `words` and addr[0..n-1] in the target, by other means than
 * loads and stores. Returns 0 or an errno. The oracle checks what was read, or records what
 * was written.
 */
typedef int hp_move(struct hp_operation *op, uint64_t **addr, uint64_t *words, int n);

/**
 * hp_read_page_by() - read a page by other means than loads, and check its contents
 * @op: the operation
 * @move: transfers the words from the target
 *
 * Return: 0, or what move returned.
 * Errors: wrong contents fail the race.
 */
int hp_read_page_by(struct hp_operation *op, hp_move *move);

/**
 * hp_write_page_by() - write a page by other means than stores
 * @op: the operation
 * @move: transfers the words to the target
 *
 * Return: 0, or what move returned.
 */
int hp_write_page_by(struct hp_operation *op, hp_move *move);

/**
 * hp_operation_fork() - run a function in a forked child with a snapshot of the memory
 * @op: the operation
 * @body: what the child runs; hp_read_pages() and hp_write_pages() check against the
 *   snapshot
 *
 * Return: what body returned, or the errno of fork().
 * Errors: a child that does not come to its end fails the race.
 */
int hp_operation_fork(struct hp_operation *op, int (*body)(struct hp_operation *op));

/**
 * hp_operation_helper() - run a function in a child that works on its parent's memory
 * @op: the operation
 * @body: what the child runs, using ptrace() or process_vm_readv()
 *
 * Return: what body returned, or the errno of fork().
 * Errors: a child that does not come to its end fails the race.
 */
int hp_operation_helper(struct hp_operation *op, int (*body)(struct hp_operation *op));

/* All actors, ended by NULL. */
extern const struct hp_actor *const hp_actors[];

extern const struct hp_actor hp_act_read, hp_act_write, hp_act_populate, hp_act_vm_readv,
	hp_act_vm_writev, hp_act_ptrace, hp_act_msync, hp_act_read_maps;
extern const struct hp_actor hp_act_uring, hp_act_pin, hp_act_direct;
extern const struct hp_actor hp_act_uffd_fill, hp_act_uffd_protect;
extern const struct hp_actor hp_act_fork, hp_act_exec, hp_act_map_again, hp_act_mprotect,
	hp_act_mremap, hp_act_mlock;
extern const struct hp_actor hp_act_span_again; /* only for a race with .whole_span */
extern const struct hp_actor hp_act_dontneed, hp_act_free, hp_act_pageout, hp_act_collapse,
	hp_act_split, hp_act_ksm;
extern const struct hp_actor hp_act_mbind, hp_act_move_pages, hp_act_migrate_pages,
	hp_act_balance, hp_act_compact;
extern const struct hp_actor hp_act_truncate, hp_act_punch, hp_act_punch_fill;
extern const struct hp_actor hp_act_offline, hp_act_poison;
extern const struct hp_actor hp_act_to_device, hp_act_to_system, hp_act_to_coherent,
	hp_act_device_access;

#endif
