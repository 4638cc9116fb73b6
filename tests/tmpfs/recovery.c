// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * MADV_COLLAPSE of shmem by one process: the caller gets a PMD mapping at once, other
 * processes that map the range whole and aligned get one at their next fault, and all other
 * mappings stay as they are.
 */
#include "hugeproof.h"

#define MAX_OTHERS 12

/* Another process: how it maps the file, and what is expected of it. */
struct other {
	const char *what;
	bool private;
	size_t skew, less; /* base pages: offset from alignment; less than the whole file */
	int advice;        /* madvise(2), before it touches the memory */
	size_t reads;      /* number of base pages that it reads first */
	size_t copies;     /* number of base pages that it writes, from the second one on */
	bool read_only, exits;
	bool recovers; /* whether it gets a PMD mapping at its next fault and by its own
			  MADV_COLLAPSE */
};

#define ALL (~(size_t)0)

/* clang-format off */
static const struct other
	aligned = {"aligned", .reads = ALL, .recovers = true},
	part_touched = {"partly touched", .reads = 7, .recovers = true},
	untouched = {"untouched", .recovers = true},
	read_only = {"read-only", .reads = ALL, .read_only = true, .recovers = true},
	private_clean = {"private", .private = true, .reads = ALL, .recovers = true},
	private_copied = {"private with copies", .private = true, .reads = ALL, .copies = 3},
	unaligned = {"unaligned", .skew = 1, .reads = ALL},
	half_way = {"unaligned by half", .skew = ALL, .reads = ALL},
	too_short = {"short", .less = 1, .reads = ALL},
	unwilling = {"MADV_NOHUGEPAGE", .advice = MADV_NOHUGEPAGE, .reads = ALL},
	leaving = {"exits meanwhile", .reads = ALL, .exits = true};
/* clang-format on */

struct scene;

struct member {
	const struct other *other;
	struct scene *scene;
	pid_t pid;
	char *addr; /* of its mapping, in its own address space */
	size_t size;
	int own_error; /* result of its own MADV_COLLAPSE */
	long rest_kb;  /* RssShmem without the file */
};

/* In memory that all processes share. */
struct scene {
	struct hp_shmem shmem;
	struct hp_area *caller;
	struct hp_barrier *all, *remaining;
	int n;
	struct member member[MAX_OTHERS];
};

static size_t count(size_t pages, size_t of)
{
	return pages == ALL ? of : pages;
}

static struct hp_area *map(const struct other *other, const struct hp_shmem *shmem)
{
	size_t skew = other->skew == ALL ? hp_pmd_size / 2 : other->skew * hp_base_size;
	struct hp_area *area =
		hp_map_shmem_part(shmem, 0, hp_pmd_size - other->less * hp_base_size,
				  other->private ? MAP_PRIVATE : MAP_SHARED, skew);

	if (other->advice)
		hp_check_ok(madvise(area->addr, area->size, other->advice));
	if (other->read_only)
		hp_protect(area, PROT_READ);
	for (size_t page = 0; page < count(other->reads, hp_pages(area)); page++)
		hp_check_filled(hp_nth_page(area, page), 'r');
	for (size_t page = 1; page <= other->copies; page++)
		hp_fill(hp_nth_page(area, page), 'c');
	return area;
}

static void check_contents(const struct other *other, const struct hp_area *area, char tag)
{
	hp_check_filled_around(
		area, hp_part(area, hp_base_size, other->copies * hp_base_size), tag);
	for (size_t page = 1; page <= other->copies; page++)
		hp_check_filled(hp_nth_page(area, page), 'c');
}

/* The body of another process; it meets the caller before and after each step. */
static void other_process(void *arg)
{
	struct member *self = arg;
	const struct other *other = self->other;
	struct scene *scene = self->scene;
	struct hp_area *area;

	/* Unmaps the caller's mapping, which it has inherited. */
	hp_check_ok(munmap(scene->caller->addr, scene->caller->size));
	hp_map_rest();
	area = map(other, &scene->shmem);
	self->addr = area->addr;
	self->size = area->size;
	hp_meet(scene->all);
	hp_meet(scene->all);
	if (other->exits)
		return;
	hp_meet(scene->remaining);
	hp_meet(scene->remaining);
	hp_check_filled(hp_nth_page(area, hp_pages(area) / 2), 'r');
	hp_meet(scene->remaining);
	hp_meet(scene->remaining);
	self->own_error = madvise(area->addr, area->size, MADV_COLLAPSE) ? errno : 0;
	hp_meet(scene->remaining);
	hp_meet(scene->remaining);
	check_contents(other, area, 'r');
	hp_meet(scene->remaining);
	hp_meet(scene->remaining);
	/* Sees what the caller has written since. */
	check_contents(other, area, 'w');
}

static struct hp_smaps smaps_of(const struct member *member)
{
	struct hp_smaps map;
	int error = hp_smaps_sum(member->pid, member->addr, member->size, &map);

	hp_require(!error, "cannot read smaps: %s", strerror(-error));
	return map;
}

/*
 * Checks that RssShmem matches the page tables, and returns whether the file is PMD-mapped.
 */
static bool is_huge(const struct member *member)
{
	struct hp_smaps map = smaps_of(member);

	hp_step("%s: %ld kB mapped, %ld kB huge", member->other->what, map.rss,
		map.shmem_pmd_mapped);
	hp_check_eq(hp_rss_shmem(member->pid) - member->rest_kb, map.rss - map.anonymous);
	hp_check_eq(map.anonymous, member->other->copies * hp_base_size / 1024);
	hp_check(map.shmem_pmd_mapped == 0 ||
		 map.shmem_pmd_mapped == (long)hp_pmd_size / 1024);
	return map.shmem_pmd_mapped > 0;
}

/* Counts the PMD mappings of the others, and checks each against what is expected. */
static int count_huge(const struct scene *scene, bool recovered)
{
	int n = 0;

	for (int i = 0; i < scene->n; i++) {
		const struct member *member = &scene->member[i];
		bool is;

		if (member->other->exits)
			continue;
		is = is_huge(member);
		hp_check_eq(is, recovered && member->other->recovers);
		n += is;
	}
	return n;
}

static void observe(const char *step, int here, const struct scene *scene, int others)
{
	hp_observed(step, "PMD-mapped here %d, in others %d, unchanged %d", here, others,
		    scene->n - others);
}

static void meet_remaining(const struct scene *scene)
{
	hp_meet(scene->remaining);
}

/* Maps small pages of the file in the caller and in all others. */
static struct hp_area *begin(struct scene *scene, enum hp_backing backing,
			     const struct other *const *others)
{
	struct hp_shmem *shmem = hp_shmem_new(backing, 1);
	struct hp_area *area;
	int stay = 1;

	hp_map_rest();
	area = hp_map_all_shmem(shmem, MAP_SHARED);
	hp_fill(area, 'r');
	hp_check_eq(hp_folio_size(area->addr), hp_base_size);
	scene->shmem = *shmem;
	scene->caller = area;
	for (scene->n = 0; others[scene->n]; scene->n++)
		stay += !others[scene->n]->exits;
	scene->all = hp_barrier_new(scene->n + 1);
	scene->remaining = hp_barrier_new(stay);
	for (int i = 0; i < scene->n; i++) {
		scene->member[i].other = others[i];
		scene->member[i].scene = scene;
		scene->member[i].pid = hp_fork(other_process, &scene->member[i]);
	}
	hp_meet(scene->all);
	for (int i = 0; i < scene->n; i++) {
		struct member *member = &scene->member[i];
		struct hp_smaps map = smaps_of(member);

		hp_check_eq(map.shmem_pmd_mapped, 0);
		hp_check(map.rss >=
			 (long)(count(member->other->reads, 1) * hp_base_size / 1024));
		member->rest_kb = hp_rss_shmem(member->pid) - (map.rss - map.anonymous);
	}
	return area;
}

static void run(enum hp_backing backing, const struct other *const *others)
{
	struct scene *scene = hp_shared(sizeof(*scene));
	struct hp_area *area = begin(scene, backing, others);
	long rest_kb = hp_rss_shmem(0) - (long)hp_pmd_size / 1024;

	hp_meet(scene->all);
	hp_check_eq(hp_collapse(area), 0);
	hp_check_eq(hp_mapped_huge(area), hp_pmd_size);
	hp_check_eq(hp_folio_size(area->addr), hp_pmd_size);
	hp_check_eq(hp_rss_shmem(0) - rest_kb, hp_pmd_size / 1024);
	hp_check_filled(area, 'r');
	meet_remaining(scene);
	observe("at once", 1, scene, count_huge(scene, false));
	meet_remaining(scene);
	/* Each other process reads one byte. */
	meet_remaining(scene);
	observe("at the next fault", 1, scene, count_huge(scene, true));
	meet_remaining(scene);
	/* Each other process calls MADV_COLLAPSE itself. */
	meet_remaining(scene);
	observe("after its own MADV_COLLAPSE", 1, scene, count_huge(scene, true));
	for (int i = 0; i < scene->n; i++)
		if (!others[i]->exits)
			hp_check_eq(scene->member[i].own_error,
				    others[i]->recovers ? 0 : EINVAL);
	meet_remaining(scene);
	/* Each other process checks every byte. */
	meet_remaining(scene);
	count_huge(scene, true);
	hp_fill(area, 'w');
	hp_check_eq(hp_mapped_huge(area), hp_pmd_size);
	meet_remaining(scene);
	for (int i = 0; i < scene->n; i++)
		hp_wait_ok(scene->member[i].pid);
	hp_check_filled(area, 'w');
}

#define OTHERS(...) ((const struct other *const[]){__VA_ARGS__, NULL})

HP_CASES(alone, "MADV_COLLAPSE of shmem gives the caller a PMD mapping at once",
	 hp_shmem_kinds, kind)
{
	run(kind->backing, OTHERS(NULL));
}

HP_CASES(aligned_other,
	 "MADV_COLLAPSE of shmem gives another process a PMD mapping on its next fault",
	 hp_shmem_kinds, kind)
{
	run(kind->backing, OTHERS(&aligned));
}

HP_CASES(part_touched_other,
	 "a process that mapped few of the pages gets a PMD mapping after MADV_COLLAPSE",
	 hp_shmem_kinds, kind)
{
	run(kind->backing, OTHERS(&part_touched));
}

HP_CASES(untouched_other,
	 "a process that touched no page gets a PMD mapping after MADV_COLLAPSE",
	 hp_shmem_kinds, kind)
{
	run(kind->backing, OTHERS(&untouched));
}

HP_CASES(read_only_other,
	 "a process with a read-only mapping gets a PMD mapping after MADV_COLLAPSE",
	 hp_shmem_kinds, kind)
{
	run(kind->backing, OTHERS(&read_only));
}

HP_CASES(private_other,
	 "a private mapping without copies gets a PMD mapping after MADV_COLLAPSE",
	 hp_shmem_kinds, kind)
{
	run(kind->backing, OTHERS(&private_clean));
}

HP_CASES(copies,
	 "a private mapping with copies keeps them and its PTEs after MADV_COLLAPSE",
	 hp_shmem_kinds, kind)
{
	run(kind->backing, OTHERS(&private_copied));
}

HP_CASES(unaligned_other, "an unaligned mapping keeps its PTEs after MADV_COLLAPSE",
	 hp_shmem_kinds, kind)
{
	run(kind->backing, OTHERS(&unaligned, &half_way));
}

HP_CASES(short_other,
	 "a mapping shorter than the huge page keeps its PTEs after MADV_COLLAPSE",
	 hp_shmem_kinds, kind)
{
	run(kind->backing, OTHERS(&too_short));
}

HP_CASES(unwilling_other,
	 "a mapping with MADV_NOHUGEPAGE keeps its PTEs after MADV_COLLAPSE",
	 hp_shmem_kinds, kind)
{
	run(kind->backing, OTHERS(&unwilling));
}

HP_CASES(exit_meanwhile,
	 "MADV_COLLAPSE of shmem succeeds while other processes that map it exit",
	 hp_shmem_kinds, kind)
{
	run(kind->backing, OTHERS(&leaving, &leaving, &aligned, &leaving));
}

HP_CASES(everyone,
	 "MADV_COLLAPSE of shmem reaches all kinds of mappings at once as expected",
	 hp_shmem_kinds, kind)
{
	run(kind->backing, OTHERS(&aligned, &part_touched, &untouched, &read_only,
				  &private_clean, &private_copied, &unaligned, &half_way,
				  &too_short, &unwilling, &leaving, &aligned));
}

HP_PROGRAM(.summary = "MADV_COLLAPSE of shmem reaches every mapping that can be huge, and "
		      "no other",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "pagemap", "root"),
	   .sources = HP_SOURCES(
		   {"lore", "alpine.LSU.2.11.1604051455010.5965@eggly.anvils",
		    "huge tmpfs recovery: shmem_recovery_remap & remap_team_by_pmd"},
		   {"man", "madvise(2)", "MADV_COLLAPSE"}))
