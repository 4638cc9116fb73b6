// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * THPeligible in smaps is 1 for a mapping in which a fault can allocate a huge page now. It
 * depends on the settings in sysfs, madvise(), the size and alignment of the mapping, and
 * prctl(PR_SET_THP_DISABLE).
 */
#include "hugeproof.h"

#include <sys/prctl.h>

#define MTHP (64UL << 10)

static int eligible(const struct hp_area *area)
{
	unsigned long start, end;
	FILE *smaps = fopen("/proc/self/smaps", "re");
	char *line = NULL;
	size_t size = 0;
	bool here = false;
	int is = -1;

	hp_require(smaps, "cannot read smaps: %s", strerror(errno));
	while (is < 0 && getline(&line, &size, smaps) > 0) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			here = start <= (uintptr_t)area->addr &&
			       (uintptr_t)area->addr < end;
		if (here)
			sscanf(line, "THPeligible: %d", &is);
	}
	free(line);
	fclose(smaps);
	if (is < 0)
		hp_skip_case("needs THPeligible in smaps (Linux 5.0): run it in the lab");
	return is;
}

/* THPeligible is checked against the pages that faults allocate. */
static void check_eligible(const struct hp_area *area, bool expected)
{
	hp_check_eq(eligible(area), expected);
	hp_touch(area);
	hp_check_eq(hp_made_huge(area), expected ? area->size : 0);
	hp_check_eq(eligible(area), expected);
}

/* Sets `enabled` to a word for PMD-sized huge pages, and disables all other sizes. */
static void only_pmd_size(const char *word)
{
	size_t sizes[HP_MAX_THP_SIZES];
	int n = hp_thp_sizes(sizes);

	for (int i = 0; i < n; i++) {
		char path[96];

		/* The smallest size has settings for files only. */
		snprintf(path, sizeof(path),
			 "/sys/kernel/mm/transparent_hugepage/hugepages-%zukB/enabled",
			 sizes[i] / 1024);
		if (sizes[i] != hp_pmd_size && !access(path, W_OK))
			hp_thp_size_setting(sizes[i], "never");
	}
	hp_thp_enabled(word);
}

static const struct setting {
	struct hp_variant variant;
	const char *word;
	int advice; /* -1: none */
	bool is;
} settings[] = {
	{{"never", "never"}, "never", -1, false},
	{{"never_advised", "never and MADV_HUGEPAGE"}, "never", MADV_HUGEPAGE, false},
	{{"madvise", "madvise"}, "madvise", -1, false},
	{{"madvise_advised", "madvise and MADV_HUGEPAGE"}, "madvise", MADV_HUGEPAGE, true},
	{{"madvise_refused", "madvise and MADV_NOHUGEPAGE"},
	 "madvise",
	 MADV_NOHUGEPAGE,
	 false},
	{{"always_refused", "always and MADV_NOHUGEPAGE"},
	 "always",
	 MADV_NOHUGEPAGE,
	 false},
	{{"always", "always"}, "always", -1, true},
};

HP_CASES(anon, "THPeligible predicts what an anonymous fault allocates with enabled=%s",
	 settings, setting)
{
	struct hp_area *area = hp_map_anon(hp_pmd_size);

	hp_khugepaged_calm();
	only_pmd_size(setting->word);
	if (setting->advice >= 0)
		hp_check_ok(madvise(area->addr, area->size, setting->advice));
	check_eligible(area, setting->is);
}

HP_CASE(too_small, "a mapping that cannot hold an aligned huge page is not eligible")
{
	struct hp_area *area = hp_map_anon(2 * hp_pmd_size);
	const struct hp_area *small;

	only_pmd_size("madvise");
	hp_check_ok(madvise(area->addr, area->size, MADV_HUGEPAGE));
	hp_check_eq(eligible(area), 1);
	hp_check_ok(munmap(area->addr, hp_base_size));
	small = hp_part(area, hp_base_size, 2 * hp_pmd_size - hp_base_size);
	hp_check_eq(eligible(small), 1);
	hp_check_ok(munmap(area->addr + 2 * hp_pmd_size - hp_base_size, hp_base_size));
	hp_check_eq(eligible(small), 0);
}

HP_CASE(smaller_size,
	"a mapping is eligible if it can hold an aligned page of an enabled smaller size")
{
	struct hp_area *area = hp_map_anon(hp_pmd_size);

	only_pmd_size("never");
	hp_check_ok(madvise(area->addr, area->size, MADV_HUGEPAGE));
	hp_check_eq(eligible(area), 0);
	hp_thp_size_setting(MTHP, "madvise");
	hp_check_eq(eligible(area), 1);
	hp_check_ok(munmap(area->addr + MTHP, hp_pmd_size - MTHP));
	hp_check_eq(eligible(area), 1);
	hp_check_ok(munmap(area->addr, hp_base_size));
	hp_check_eq(eligible(hp_part(area, hp_base_size, MTHP - hp_base_size)), 0);
}

HP_CASE(process_refused, "no mapping is eligible after prctl(PR_SET_THP_DISABLE)")
{
	struct hp_area *area = hp_map_anon(hp_pmd_size);

	only_pmd_size("madvise");
	hp_check_ok(madvise(area->addr, area->size, MADV_HUGEPAGE));
	hp_check_eq(eligible(area), 1);
	hp_check_ok(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0));
	hp_check_eq(eligible(area), 0);
	hp_check_ok(prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0));
	check_eligible(area, true);
}

static const struct shared {
	struct hp_variant variant;
	const char *word;
	bool advised, is;
} shareds[] = {
	{{"never", "never"}, "never", false, false},
	{{"never_advised", "never and MADV_HUGEPAGE"}, "never", true, false},
	{{"advise", "advise"}, "advise", false, false},
	{{"advise_advised", "advise and MADV_HUGEPAGE"}, "advise", true, true},
	{{"deny", "deny and MADV_HUGEPAGE"}, "deny", true, false},
	{{"force", "force"}, "force", false, true},
	{{"always", "always"}, "always", false, true},
};

HP_CASES(memfd, "THPeligible predicts what a memfd fault allocates with shmem_enabled=%s",
	 shareds, shared)
{
	struct hp_shmem *shmem = hp_shmem_new(HP_MEMFD, 1);
	struct hp_area *area;

	hp_khugepaged_calm();
	only_pmd_size("madvise");
	hp_shmem_enabled(0, shared->word);
	area = hp_map_all_shmem(shmem, MAP_SHARED);
	area->page_size = hp_pmd_size;
	if (shared->advised)
		hp_check_ok(madvise(area->addr, area->size, MADV_HUGEPAGE));
	check_eligible(area, shared->is);
}

HP_PROGRAM(.summary = "THPeligible in smaps predicts whether a fault allocates a huge page",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "root"),
	   .sources = HP_SOURCES({"doc", "Documentation/filesystems/proc.rst",
				  "THPeligible"},
				 {"doc", "Documentation/admin-guide/mm/transhuge.rst"},
				 {"commit", "c06306696f83",
				  "mm: thp: fix false negative of shmem vma's THP "
				  "eligibility"}))
