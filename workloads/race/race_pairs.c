// SPDX-License-Identifier: LGPL-2.1-or-later
/* One race for every pair of actors on every target. */
#include "hugeproof.h"
#include "race/race.h"
#include "race/series.h"

#define PAGES 4

static const char *const target_words[HP_TARGETS] = {
	[HP_ANON_THP] = "anonymous THPs",
	[HP_ANON_MTHP] = "anonymous folios of 64 kB",
	[HP_SHMEM_SHARED] = "huge pages of shmem",
	[HP_SHMEM_PRIVATE] = "private mappings of shmem",
	[HP_HUGETLB_SHARED] = "shared hugetlb pages",
	[HP_HUGETLB_PRIVATE] = "private hugetlb pages",
};

struct pair {
	enum hp_target target;
	const struct hp_actor *actors[4];
	char name[64], summary[200];
	struct hp_case c;
};

static void race_pair(const void *arg)
{
	const struct pair *pair = arg;

	if (HP_ON(pair->target) & HP_ON_HUGETLB)
		hp_case_needs("hugetlb:24");
	else
		hp_case_needs("thp");
	hp_race_run(&(struct hp_race){
		.target = pair->target,
		.pages = pair->target == HP_ANON_MTHP ? 16 * PAGES : PAGES,
		.actors = pair->actors,
		.may_never_succeed = true,
	});
}

static bool suitable(const struct hp_actor *a, const struct hp_actor *b,
		     enum hp_target target)
{
	const struct hp_actor *const both[] = {a, b, NULL};
	char why[160];

	return !hp_actor_unsuitable(a, both, target, why, sizeof(why)) &&
	       !hp_actor_unsuitable(b, both, target, why, sizeof(why));
}

static void make_pair(struct pair *pair, enum hp_target target, const struct hp_actor *a,
		      const struct hp_actor *b)
{
	pair->target = target;
	pair->actors[0] = a;
	pair->actors[1] = b;
	/* Without writes, stale contents could not be detected. */
	if (a != &hp_act_write && b != &hp_act_write)
		pair->actors[2] = &hp_act_write;
	snprintf(pair->name, sizeof(pair->name), "%s__%s__%s", hp_target_name(target),
		 a->name, b->name);
	snprintf(pair->summary, sizeof(pair->summary),
		 "accesses to %s find the right contents during concurrent %s%s%s",
		 target_words[target], a->summary, a == b ? "" : " and ",
		 a == b ? "" : b->summary);
	pair->c = (struct hp_case){.name = pair->name,
				   .summary = pair->summary,
				   .run_with = race_pair,
				   .arg = pair};
}

static int make_pairs(const struct hp_case *const **cases)
{
	static const struct hp_case **made;
	static int n;
	int actors = 0;

	*cases = made;
	if (made)
		return n;
	while (hp_actors[actors])
		actors++;
	made = calloc((size_t)HP_TARGETS * actors * (actors + 1) / 2, sizeof(*made));
	for (enum hp_target target = 0; target < HP_TARGETS; target++)
		for (int a = 0; a < actors; a++)
			for (int b = a; b < actors; b++) {
				struct pair *pair;

				if (!suitable(hp_actors[a], hp_actors[b], target))
					continue;
				pair = calloc(1, sizeof(*pair));
				if (!made || !pair)
					abort();
				make_pair(pair, target, hp_actors[a], hp_actors[b]);
				made[n++] = &pair->c;
			}
	*cases = made;
	return n;
}

HP_PROGRAM(.summary = "no pair of concurrent operations on huge pages loses data",
	   .kind = HP_RACE, .page_sizes = HP_PMD_SIZE, .generate = make_pairs,
	   .seconds = 30, .tags = HP_TAGS("slow"),
	   .log_allows = HP_LINES("Memory failure:", "Injecting memory failure",
				  "MCE:", "Soft offlining pfn",
				  "soft offline:", "soft_offline", "Unpoison:"),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/transhuge.rst"},
				 {"doc", "Documentation/admin-guide/mm/hugetlbpage.rst"}))
