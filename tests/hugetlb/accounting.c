// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Whatever is mapped, touched, resized, unmapped and truncated, in whatever order,
 * Total, Free, Rsvd and Surp are what a model of the pool says, after every step.
 */
#include "hugeproof.h"

#define STEPS 8

enum action { END, MAP, TOUCH, RESIZE, UNMAP, CUT };

/* A story: what is done, and with how many pages. Told on every pool it can be told on. */
static const struct story {
	const char *name;
	struct step {
		enum action action;
		long pages;
	} steps[STEPS];
} stories[] = {
	{"map and unmap", {{MAP, 2}, {UNMAP, 0}}},
	{"map, touch, unmap", {{MAP, 2}, {TOUCH, 1}, {TOUCH, 1}, {UNMAP, 0}}},
	{"touch some, unmap", {{MAP, 3}, {TOUCH, 1}, {UNMAP, 0}}},
	{"map all there can be", {{MAP, 4}, {TOUCH, 4}, {UNMAP, 0}}},
	{"shrink below the mapping",
	 {{MAP, 2}, {TOUCH, 1}, {RESIZE, 0}, {TOUCH, 1}, {UNMAP, 0}}},
	{"shrink, then grow back",
	 {{MAP, 2}, {TOUCH, 2}, {RESIZE, 1}, {RESIZE, 3}, {UNMAP, 0}}},
	{"grow under the mapping",
	 {{MAP, 1}, {RESIZE, 3}, {TOUCH, 1}, {RESIZE, 1}, {UNMAP, 0}}},
	{"shrink, unmap, grow", {{MAP, 3}, {RESIZE, 1}, {UNMAP, 0}, {RESIZE, 2}}},
	{"truncate what was touched", {{MAP, 3}, {TOUCH, 2}, {CUT, 1}, {UNMAP, 0}}},
	{"truncate what was reserved", {{MAP, 3}, {TOUCH, 1}, {CUT, 2}, {UNMAP, 0}}},
	{"truncate in a small pool",
	 {{MAP, 3}, {TOUCH, 3}, {RESIZE, 1}, {CUT, 1}, {UNMAP, 0}}},
};

static const struct kind {
	const char *name;
	int flags;
} kinds[] = {
	{"shared", MAP_SHARED},
	{"private", MAP_PRIVATE},
	{"shared, unreserved", MAP_SHARED | MAP_NORESERVE},
	{"private, unreserved", MAP_PRIVATE | MAP_NORESERVE},
};

/* A mapping of a file: its pages before `touched` were touched. */
struct mapping {
	struct hp_area *area;
	long pages, touched, promised; /* promised: reserved and not touched */
	bool shared, reserves;
	int fd;
};

/* Returns false when kernel and model agree that it does not fit. */
static bool map(struct hp_pool_model *model, struct mapping *m, long pages, int flags)
{
	m->fd = hp_hugetlb_file();
	m->shared = flags & MAP_SHARED;
	m->reserves = !(flags & MAP_NORESERVE);
	if (m->reserves) {
		if (!hp_model_reserve(model, pages)) {
			hp_check_errno(mmap(NULL, pages * hp_page_size,
					    PROT_READ | PROT_WRITE, flags, m->fd, 0),
				       ENOMEM);
			return false;
		}
		m->promised = pages;
	}
	m->area = hp_map_file(m->fd, 0, pages, flags);
	m->pages = pages;
	return true;
}

static void touch(struct hp_pool_model *model, struct mapping *m, long pages)
{
	for (; pages && m->touched < m->pages; pages--, m->touched++) {
		if (m->promised) {
			hp_model_use_reserved(model);
			m->promised--;
		} else if (!hp_model_use_unreserved(model)) {
			hp_check_fault(m->area, hp_page(m->area, m->touched), HP_WRITE,
				       SIGBUS, BUS_ADRERR);
			return;
		}
		hp_touch_page(m->area, m->touched);
		hp_check_model(model);
	}
}

/* Unmapped, or truncated while shared: the pages go, and the promises with them. */
static void give_back(struct hp_pool_model *model, struct mapping *m, long pages)
{
	long kept = m->touched < pages ? m->touched : pages;
	long promised = m->promised ? m->promised - (pages - kept) : 0;

	hp_model_release(model, m->touched - kept);
	hp_model_unreserve(model, promised);
	m->promised -= promised;
	m->touched = kept;
	m->pages = pages;
}

/*
 * Truncated while private: the promises are the mapping's own and stay. Newer
 * kernels promise it the truncated pages again. Either is right, but not both.
 */
static void truncate_private(struct hp_pool_model *model, struct mapping *m, long pages)
{
	static enum { UNKNOWN, RESTORED, NOT_RESTORED } kernel;
	long gone = m->touched > pages ? m->touched - pages : 0;

	if (gone && kernel == UNKNOWN && m->reserves && !model->surp) {
		kernel = hp_hugetlb().rsvd > model->rsvd ? RESTORED : NOT_RESTORED;
		hp_observed("reservation of a truncated private page",
			    kernel == RESTORED ? "restored" : "not restored");
	}
	if (kernel == RESTORED && m->reserves)
		m->promised += hp_model_release_restored(model, gone);
	else
		hp_model_release(model, gone);
	m->touched -= gone;
}

static void do_step(struct hp_pool_model *model, struct mapping *m, const struct step *step)
{
	switch (step->action) {
	case TOUCH:
		touch(model, m, step->pages);
		break;
	case RESIZE:
		hp_pool_resize(step->pages);
		hp_model_resize(model, step->pages);
		break;
	case UNMAP:
		hp_unmap(m->area);
		hp_check_ok(close(m->fd));
		give_back(model, m, 0);
		break;
	case CUT:
		hp_check_ok(ftruncate(m->fd, (off_t)(step->pages * (long)hp_page_size)));
		if (m->shared)
			give_back(model, m, step->pages);
		else
			truncate_private(model, m, step->pages);
		break;
	default:
		break;
	}
}

static void tell(const struct story *story, const struct kind *kind, long pool,
		 long overcommit)
{
	struct hp_pool_model model = hp_model_now(overcommit);
	struct mapping m = {0};

	for (int i = 0; story->steps[i].action != END; i++) {
		const struct step *step = &story->steps[i];

		hp_step("%s (%s), pool %ld, overcommit %ld, step %d", story->name,
			kind->name, pool, overcommit, i + 1);
		if (step->action != MAP)
			do_step(&model, &m, step);
		else if (!map(&model, &m, step->pages, kind->flags))
			break;
		hp_check_model(&model);
	}
	if (!m.area)
		hp_check_ok(close(m.fd));
}

static bool resizes(const struct story *story)
{
	for (int i = 0; i < STEPS; i++)
		if (story->steps[i].action == RESIZE)
			return true;
	return false;
}

/*
 * Gigantic pages that were given back may not be found again: their pool is not
 * resized, but what it has is reserved away, a page more for each round.
 */
static void tell_all_gigantic(const struct kind *kind)
{
	for (long pool = 2; pool >= 0; pool--) {
		hp_pool_leave(pool);
		for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++)
			if (!resizes(&stories[i]))
				tell(&stories[i], kind, pool, 0);
	}
}

static void tell_all(const struct kind *kind, long overcommit)
{
	if (hp_hugetlb_gigantic(hp_page_size)) {
		tell_all_gigantic(kind);
		return;
	}
	hp_case_needs("hugetlb:4");
	hp_pool_one_node();
	if (overcommit)
		hp_pool_overcommit(overcommit);
	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
		for (long pool = 0; pool <= 4; pool++) {
			hp_pool_resize(pool);
			hp_check_pool(pool, pool, 0, 0);
			tell(&stories[i], kind, pool, overcommit);
		}
	}
}

HP_CASE(shared, "shared mappings, pools of 0 to 4 pages")
{
	tell_all(&kinds[0], 0);
}

HP_CASE(private, "private mappings, pools of 0 to 4 pages")
{
	tell_all(&kinds[1], 0);
}

HP_CASE(shared_noreserve, "shared mappings without reservation")
{
	tell_all(&kinds[2], 0);
}

HP_CASE(private_noreserve, "private mappings without reservation")
{
	tell_all(&kinds[3], 0);
}

HP_CASE(overcommit, "all four kinds, with one and with two surplus pages allowed")
{
	hp_case_needs("overcommit");
	for (size_t kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++)
		for (long limit = 1; limit <= 2; limit++)
			tell_all(&kinds[kind], limit);
}

HP_PROGRAM(.summary = "the counters of a pool are what its history makes them",
	   .needs = HP_NEEDS("pool:control", "hugetlb:2"), .seconds = 30,
	   .source = "Documentation/admin-guide/mm/hugetlbpage.rst, "
		     "Documentation/mm/hugetlbfs_reserv.rst")
