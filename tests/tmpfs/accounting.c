// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How huge pages of shmem are accounted, from the first small page until all are freed:
 * RssShmem of the process, ShmemHugePages and ShmemPmdMapped of the machine, blocks of the
 * file system, and the charge of the memory cgroup.
 */
#include "hugeproof.h"

#include <sys/statfs.h>

#define HUGE_KB ((long)(hp_pmd_size / 1024))

/* The counters at the start, relative to which later values are checked. */
struct start {
	long rss;
	struct hp_thp_totals kb;
};

static struct start start_here(void)
{
	struct start start;

	hp_map_rest();
	start.kb = hp_thp_kb();
	start.rss = hp_rss_shmem(0);
	return start;
}

#define check_counts(start, mapped_kb, huge_pages_kb, pmd_mapped_kb)                       \
	do {                                                                               \
		hp_check_eq(hp_rss_shmem(0) - (start).rss, mapped_kb);                     \
		hp_check_thp_kb((start).kb, .shmem = huge_pages_kb,                        \
				.shmem_pmd_mapped = pmd_mapped_kb);                        \
	} while (0)

/* A file of one huge page's size, filled with 'p' and not mapped, small or huge. */
static struct hp_shmem *prepared(enum hp_backing backing, bool is_huge)
{
	struct hp_shmem *shmem = hp_shmem_new(backing, 1);
	struct hp_area *area = hp_map_all_shmem(shmem, MAP_SHARED);

	hp_fill(area, 'p');
	if (is_huge)
		hp_check_eq(hp_collapse(area), 0);
	hp_unmap(area);
	return shmem;
}

HP_CASES(whole_life,
	 "RssShmem and meminfo are exact while shmem is filled, collapsed, split and freed",
	 hp_shmem_kinds, kind)
{
	struct hp_shmem *shmem;
	struct hp_area *area, *again;
	struct start start;

	shmem = hp_shmem_new(kind->backing, 1);
	start = start_here();
	area = hp_map_all_shmem(shmem, MAP_SHARED);
	check_counts(start, 0, 0, 0);
	for (size_t page = 0; page < hp_pages(area); page++) {
		hp_fill(hp_nth_page(area, page), 'a');
		hp_check_eq(hp_rss_shmem(0) - start.rss, (page + 1) * hp_base_size / 1024);
	}
	check_counts(start, HUGE_KB, 0, 0);
	hp_check_eq(hp_collapse(area), 0);
	check_counts(start, HUGE_KB, HUGE_KB, HUGE_KB);
	again = hp_map_all_shmem(shmem, MAP_SHARED);
	check_counts(start, HUGE_KB, HUGE_KB, HUGE_KB);
	hp_check_filled(hp_nth_page(again, 9), 'a');
	check_counts(start, 2 * HUGE_KB, HUGE_KB, HUGE_KB);
	/* Maps the same huge page by PTEs again. */
	hp_check_ok(mprotect(again->addr, hp_base_size, PROT_READ));
	hp_check_filled(hp_nth_page(again, 0), 'a');
	hp_check_eq(hp_mapped_huge(area), hp_pmd_size);
	hp_check_filled(again, 'a');
	check_counts(start, 2 * HUGE_KB, HUGE_KB, HUGE_KB);
	hp_unmap(again);
	check_counts(start, HUGE_KB, HUGE_KB, HUGE_KB);
	hp_check_ok(madvise(area->addr, area->size, MADV_DONTNEED));
	check_counts(start, 0, HUGE_KB, 0);
	hp_check_filled(area, 'a');
	check_counts(start, HUGE_KB, HUGE_KB, HUGE_KB);
	hp_unmap(area);
	check_counts(start, 0, HUGE_KB, 0);
	hp_check_ok(ftruncate(shmem->fd, 0));
	check_counts(start, 0, 0, 0);
}

HP_CASES(partly_mapped,
	 "collapsing shmem of which few pages are mapped adds all pages to RssShmem",
	 hp_shmem_kinds, kind)
{
	struct hp_shmem *shmem = prepared(kind->backing, false);
	struct start start = start_here();
	struct hp_area *few;

	few = hp_map_all_shmem(shmem, MAP_SHARED);
	/* By writing, because a read maps the surrounding pages as well. */
	for (size_t page = 0; page < 3; page++)
		hp_fill(hp_nth_page(few, 100 * page), 'p');
	check_counts(start, (long)(3 * hp_base_size / 1024), 0, 0);
	hp_check_eq(hp_collapse(few), 0);
	check_counts(start, HUGE_KB, HUGE_KB, HUGE_KB);
	hp_check_filled(few, 'p');
	hp_unmap(few);
	check_counts(start, 0, HUGE_KB, 0);
	hp_check_ok(ftruncate(shmem->fd, 0));
	check_counts(start, 0, 0, 0);
}

HP_CASES(remapped,
	 "collapsing PTE mappings of a huge page of shmem adds exactly the missing pages",
	 hp_shmem_kinds, kind)
{
	struct hp_shmem *shmem = prepared(kind->backing, true);
	struct start start = start_here();
	struct hp_area *area, *few;

	area = hp_map_all_shmem(shmem, MAP_SHARED);
	few = hp_map_all_shmem(shmem, MAP_SHARED);
	/* Mappings with mixed protection cannot be huge; then the VMAs are merged again. */
	for (int i = 0; i < 2; i++) {
		struct hp_area *each = i ? few : area;

		hp_check_ok(mprotect(each->addr, hp_base_size, PROT_READ));
		if (i)
			hp_fill(hp_nth_page(few, 5), 'p');
		else
			hp_check_filled(area, 'p');
		hp_check_ok(mprotect(each->addr, hp_base_size, PROT_READ | PROT_WRITE));
	}
	hp_check_eq(hp_mapped_huge(area) + hp_mapped_huge(few), 0);
	hp_check_eq(hp_folio_size(area->addr), hp_pmd_size);
	check_counts(start, HUGE_KB + hp_area_smaps(few).rss, 0, 0);
	hp_check_eq(hp_collapse(area), 0);
	hp_check_eq(hp_mapped_huge(area), hp_pmd_size);
	check_counts(start, HUGE_KB + hp_area_smaps(few).rss, 0, HUGE_KB);
	hp_check_eq(hp_collapse(few), 0);
	check_counts(start, 2 * HUGE_KB, 0, HUGE_KB);
	hp_check_filled(area, 'p');
	hp_check_filled(few, 'p');
	hp_unmap(area);
	hp_unmap(few);
	check_counts(start, 0, 0, 0);
}

HP_CASES(private_copy,
	 "a private shmem mapping counts its copies in RssAnon, and the rest in RssShmem",
	 hp_shmem_kinds, kind)
{
	struct hp_shmem *shmem;
	struct hp_area *area, *own;
	struct start start;
	struct hp_smaps map;

	shmem = hp_shmem_new(kind->backing, 1);
	area = hp_map_all_shmem(shmem, MAP_SHARED);
	hp_fill(area, 'o');
	hp_check_eq(hp_collapse(area), 0);
	start = start_here();
	own = hp_map_all_shmem(shmem, MAP_PRIVATE);
	hp_check_filled(hp_nth_page(own, 5), 'o');
	check_counts(start, HUGE_KB, 0, 0);
	/* The copy of one page splits the PMD mapping, but not the folio. */
	hp_fill(hp_nth_page(own, 5), 'x');
	hp_check_filled_around(own, hp_part(own, 5 * hp_base_size, hp_base_size), 'o');
	map = hp_area_smaps(own);
	hp_check_eq(map.shmem_pmd_mapped, 0);
	hp_check_eq(map.anonymous, hp_base_kb());
	hp_check_eq(map.rss, HUGE_KB);
	check_counts(start, HUGE_KB - hp_base_kb(), 0, 0);
	hp_check_eq(hp_folio_size(area->addr), hp_pmd_size);
	hp_check_filled(area, 'o');
	hp_check_filled(hp_nth_page(own, 5), 'x');
}

static size_t used(const char *mount)
{
	struct statfs status;

	hp_check_ok(statfs(mount, &status));
	return (size_t)(status.f_blocks - status.f_bfree) * (size_t)status.f_bsize;
}

HP_CASE(blocks,
	"statfs counts blocks exactly through holes, collapse and truncation of tmpfs")
{
	struct hp_shmem *shmem;
	struct hp_area *area;
	const char *mount;
	size_t before;

	hp_shmem_never();
	mount = hp_mount_tmpfs("huge=never,size=64M");
	before = used(mount);
	shmem = hp_shmem_in(mount, 2);
	area = hp_map_all_shmem(shmem, MAP_SHARED);
	hp_fill(hp_nth_page(area, 3), 'b');
	hp_fill(hp_nth_page(area, hp_pages(area) - 1), 'b');
	hp_check_eq(used(mount) - before, 2 * hp_base_size);
	hp_check_eq(hp_collapse(area), 0);
	hp_check_eq(used(mount) - before, 2 * hp_pmd_size);
	hp_punch_shmem(shmem, 0, hp_base_size);
	hp_check_eq(used(mount) - before, 2 * hp_pmd_size - hp_base_size);
	hp_check_ok(ftruncate(shmem->fd, (off_t)(hp_pmd_size + hp_base_size)));
	hp_check_eq(used(mount) - before, hp_pmd_size);
	hp_check_eq(hp_collapse(hp_part(area, 0, hp_pmd_size)), 0);
	hp_check_eq(used(mount) - before, hp_pmd_size + hp_base_size);
	hp_unmap(area);
	hp_check_eq(used(mount) - before, hp_pmd_size + hp_base_size);
	hp_check_ok(ftruncate(shmem->fd, 0));
	hp_check_eq(used(mount) - before, 0);
}

struct charged {
	const char *group;
	struct hp_shmem *shmem;
};

static void check_charge(const struct charged *charged, size_t shmem_bytes,
			 size_t huge_bytes)
{
	hp_eventually(hp_cgroup_memory(charged->group, "shmem") == (long)shmem_bytes &&
			      hp_cgroup_memory(charged->group, "shmem_thp") ==
				      (long)huge_bytes,
		      5);
}

/* Fills small pages, collapses them with the missing ones, and frees all. */
static void charge(void *arg)
{
	const struct charged *charged = arg;
	struct hp_area *area;

	hp_cgroup_enter(charged->group);
	area = hp_map_all_shmem(charged->shmem, MAP_SHARED);
	for (size_t page = 0; page < 100; page++)
		hp_fill(hp_nth_page(area, 5 * page), 'm');
	check_charge(charged, 100 * hp_base_size, 0);
	hp_check_eq(hp_collapse(area), 0);
	check_charge(charged, hp_pmd_size, hp_pmd_size);
	for (size_t page = 0; page < hp_pages(area); page++)
		hp_check_filled(hp_nth_page(area, page), page % 5 || page >= 500 ? 0 : 'm');
	hp_check_ok(ftruncate(charged->shmem->fd, 0));
	check_charge(charged, 0, 0);
	hp_unmap(area);
}

HP_CASES(group, "the memory cgroup is charged exactly for small and huge pages of shmem",
	 hp_shmem_kinds, kind)
{
	struct charged charged = {hp_cgroup("memory"), hp_shmem_new(kind->backing, 1)};

	hp_wait_ok(hp_fork(charge, &charged));
}

/* A failed collapse must not be charged. */
HP_CASE(group_refused,
	"MADV_COLLAPSE that fails because tmpfs is full leaves no charge behind")
{
	struct charged charged = {hp_cgroup("memory"), NULL};
	const char *options;

	hp_shmem_never();
	options = hp_size_option("huge=never,size", hp_pmd_size - hp_base_size);
	charged.shmem = hp_shmem_in(hp_mount_tmpfs(options), 1);
	hp_in_child() {
		struct hp_area *area;

		hp_cgroup_enter(charged.group);
		area = hp_map_all_shmem(charged.shmem, MAP_SHARED);
		for (size_t page = 2; page < hp_pages(area); page++)
			hp_fill(hp_nth_page(area, page), 'm');
		for (int i = 0; i < 20; i++)
			hp_check_eq(hp_collapse(area), EINVAL);
		check_charge(&charged, hp_pmd_size - 2 * hp_base_size, 0);
		hp_check_ok(ftruncate(charged.shmem->fd, 0));
		check_charge(&charged, 0, 0);
		hp_eventually(hp_cgroup_usage(charged.group) < (long)hp_pmd_size, 5);
	}
}

HP_PROGRAM(.summary = "huge pages of shmem are accounted exactly until they are freed",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("thp", "pagemap", "root", "cap:sys_admin"),
	   .sources = HP_SOURCES(
		   {"lore", "alpine.LSU.2.11.1604051455010.5965@eggly.anvils",
		    "huge tmpfs recovery: shmem_recovery_remap & remap_team_by_pmd"},
		   {"doc", "Documentation/filesystems/proc.rst"},
		   {"doc", "Documentation/admin-guide/cgroup-v2.rst"}))
