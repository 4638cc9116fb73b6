/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Stories: whatever is mapped, touched, forked, copied, cut, punched and resized, in
 * whatever order, the counters of the pool are the model's and every page holds what was
 * written to it, after every step.
 *
 * A story is steps, separated by commas. Numbers are pages; a page without a count is
 * one page.
 *
 *   map N             maps N pages of a new file, from its start
 *   read P [N]        reads pages, writes them: in this process or, with "child" in
 *   write P [N]       front of it, in the forked one
 *   drop P [N]        MADV_DONTNEED; also "child"
 *   unmap             munmap; also "child"
 *   fork, child exit  one child at a time
 *   cut N             ftruncate
 *   punch P [N]       fallocate(FALLOC_FL_PUNCH_HOLE)
 *   allocate P [N]    fallocate
 *   resize N          nr_hugepages of the home node
 *   home N            from now on the process takes pages of the N-th node only; before
 *                     the fork
 *
 * What the kernel cannot pay for must fail as documented (ENOMEM, ENOSPC, SIGBUS) and
 * move no counter; a map that fails ends the story. At its end all is given back.
 */
#ifndef HP_MODEL_STORY_H
#define HP_MODEL_STORY_H

#include <stdbool.h>

struct hp_story {
	const char *name, *steps;
};

/* What all mappings of a story are: MAP_SHARED or MAP_PRIVATE, and MAP_NORESERVE. */
struct hp_story_kind {
	const char *name;
	int flags;
};

/* The four kinds; the last entry has no name. */
extern const struct hp_story_kind hp_story_kinds[];

/* Tells a story with the pool as it is. overcommit and home: what was set. */
void hp_tell(const struct hp_story *story, const struct hp_story_kind *kind,
	     long overcommit, int home);

/*
 * Tells every story (the last entry has no name) with pools of 4 pages down to none, of
 * which that many more are allowed as surplus. Gigantic pages that were given back may
 * not be found again: their pool stays as it is, what it has is reserved away from 2
 * pages down, and stories that resize it are left out. Needs pool:control, hugetlb:2 and
 * up to hugetlb:4.
 */
void hp_tell_all(const struct hp_story *stories, const struct hp_story_kind *kind,
		 long overcommit);

#endif
