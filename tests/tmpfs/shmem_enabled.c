// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * shmem_enabled, global and for each size: which pages shmem without a mount of its own
 * gets (memfd, System V segments, MAP_SHARED | MAP_ANONYMOUS).
 */
#include "hugeproof.h"

#include <sys/shm.h>

enum kind { MEMORY_FILE, SEGMENT, ANONYMOUS, KINDS };

static const char *const kinds[KINDS] = {"memfd", "System V segment", "anonymous"};

struct row {
	struct hp_variant variant;
	const char *value;
	bool plain, advised; /* whether a page is huge without and with MADV_HUGEPAGE */
};

/* Maps memory aligned to a THP without touching it. */
static struct hp_area *map(enum kind kind, size_t size)
{
	struct hp_area *area;
	int fd, id;

	switch (kind) {
	case MEMORY_FILE:
		fd = memfd_create("hugeproof", MFD_CLOEXEC);
		hp_require(fd >= 0, "memfd_create: %s", strerror(errno));
		hp_check_ok(ftruncate(fd, (off_t)size));
		area = hp_map_aligned(size, MAP_SHARED, fd, 0, 0);
		close(fd);
		return area;
	case SEGMENT:
		area = hp_map_anon(size);
		id = hp_check_ok(shmget(IPC_PRIVATE, size, IPC_CREAT | 0600));
		hp_undo_shm(id);
		hp_check_ok(shmat(id, area->addr, SHM_REMAP));
		hp_check_ok(shmctl(id, IPC_RMID, NULL));
		return area;
	default:
		return hp_map_aligned(size, MAP_SHARED | MAP_ANONYMOUS, -1, 0, 0);
	}
}

static size_t touched_once(enum kind kind, size_t size, bool advised, size_t most)
{
	struct hp_area *area = map(kind, size);
	long fallbacks = hp_shmem_fallbacks(most);
	size_t got;

	if (advised)
		hp_check_ok(madvise(area->addr, area->size, MADV_HUGEPAGE));
	*(volatile char *)area->addr = 1;
	got = hp_folio_size(area->addr);
	hp_short_of_shmem(most, got, fallbacks);
	hp_unmap(area);
	return got;
}

/*
 * The size of the folio that a fault makes, where at most `most` bytes are allowed. A
 * kernel may decline the allowed size without counting it: one of three faults must get it.
 */
static size_t touched(enum kind kind, size_t size, bool advised, size_t most)
{
	size_t got = touched_once(kind, size, advised, most);

	for (int i = 0; i < 2 && got < most; i++) {
		hp_observed("declined", "%zu kB, and made one of %zu kB", most / 1024,
			    got / 1024);
		got = touched_once(kind, size, advised, most);
	}
	return got;
}

static const struct row commons[] = {
	{{"common_never", "never, shmem is not huge"}, "never", false, false},
	{{"common_always", "always, shmem is huge"}, "always", true, true},
	{{"common_within_size", "within_size, shmem is huge in the file"},
	 "within_size",
	 true,
	 true},
	{{"common_advise", "advise, shmem is huge with advice"}, "advise", false, true},
	{{"common_deny", "deny, shmem is not huge, even with advice"},
	 "deny",
	 false,
	 false},
	{{"common_force", "force, shmem is huge, whatever is advised"},
	 "force",
	 true,
	 true},
};

HP_ROW_CASES(common_value, "with shmem_enabled=%s", commons, row)
{
	hp_shmem_never();
	if (strcmp(row->value, "never") != 0)
		hp_shmem_enabled(0, row->value);
	for (enum kind kind = 0; kind < KINDS; kind++)
		for (int advised = 0; advised < 2; advised++) {
			bool wanted = advised ? row->advised : row->plain;
			size_t page = wanted ? hp_pmd_size : hp_base_size, got;

			hp_step("%s, %s%s", row->value, kinds[kind],
				advised ? ", MADV_HUGEPAGE" : "");
			got = touched(kind, hp_pmd_size, advised, page);
			hp_check_eq(got, page);
			hp_unmap(map(kind, hp_base_size)); /* too small to be huge */
			hp_check_eq(touched(kind, hp_base_size, advised, hp_base_size),
				    hp_base_size);
		}
}

HP_CASE(end_within_size,
	"shmem_enabled=within_size makes no huge page where the file is shorter")
{
	hp_shmem_never();
	hp_shmem_enabled(0, "within_size");
	hp_check_eq(touched(MEMORY_FILE, hp_pmd_size - hp_base_size, false, hp_base_size),
		    hp_base_size);
	hp_check_eq(touched(MEMORY_FILE, hp_pmd_size, false, hp_pmd_size), hp_pmd_size);
}

HP_CASE(wrong, "an unknown value for shmem_enabled fails with EINVAL and changes nothing")
{
	const char *path = "/sys/kernel/mm/transparent_hugepage/shmem_enabled";
	char before[160], after[160];

	hp_require(hp_read_text(path, before, sizeof(before)) > 0, "cannot read %s", path);
	hp_check_eq(hp_setting(path, "sometimes"), -EINVAL);
	hp_require(hp_read_text(path, after, sizeof(after)) > 0, "cannot read %s", path);
	hp_check(!strcmp(before, after));
}

/* Reads the statistic shmem_alloc of the size; -1 if there is none. */
static long made(size_t size)
{
	char path[128];
	long count;

	snprintf(path, sizeof(path),
		 "/sys/kernel/mm/transparent_hugepage/hugepages-%zukB/stats/shmem_alloc",
		 size / 1024);
	return hp_read_long(path, &count) ? -1 : count;
}

static const struct row sizes_only[] = {
	{{"size_always", "always"}, "always", true, true},
	{{"size_within_size", "within_size"}, "within_size", true, true},
	{{"size_advise", "advise"}, "advise", false, true},
	{{"size_never", "never"}, "never", false, false},
};

/*
 * Sets one size at a time: faults get it where the value allows it, and base pages
 * otherwise.
 */
HP_ROW_CASES(value_of_size,
	     "hugepages-SIZE/shmem_enabled=%s decides which shmem gets that size",
	     sizes_only, row)
{
	size_t sizes[HP_MAX_THP_SIZES];
	int n = hp_thp_sizes(sizes);

	hp_shmem_enabled(0, "never");
	for (int i = 0; i < n; i++)
		hp_shmem_enabled(sizes[i], "never");
	hp_require(n > 1, "this kernel has one size of huge pages");
	for (int i = 0; i < n; i++) {
		hp_shmem_enabled(sizes[i], row->value);
		for (int advised = 0; advised < 2; advised++) {
			bool wanted = advised ? row->advised : row->plain;
			size_t page = wanted ? sizes[i] : hp_base_size;
			long before = made(sizes[i]);

			hp_step("%zu kB: %s%s", sizes[i] / 1024, row->value,
				advised ? ", MADV_HUGEPAGE" : "");
			hp_check_eq(touched(MEMORY_FILE, hp_pmd_size, advised, page), page);
			hp_check_eq(touched(ANONYMOUS, hp_pmd_size, advised, page), page);
			if (before >= 0)
				hp_check(made(sizes[i]) - before >= 2 * wanted);
			if (before >= 0 && hp_counters_exact())
				hp_check_eq(made(sizes[i]) - before, 2 * wanted);
		}
		hp_shmem_enabled(sizes[i], "never");
	}
	hp_observed("sizes", "%d, from %zu to %zu kB", n, sizes[0] / 1024,
		    sizes[n - 1] / 1024);
}

HP_CASE(size_inherit,
	"hugepages-SIZE/shmem_enabled=inherit follows the global shmem_enabled")
{
	size_t sizes[HP_MAX_THP_SIZES];

	hp_thp_sizes(sizes);
	hp_shmem_never();
	hp_shmem_enabled(0, "always");
	hp_shmem_enabled(hp_pmd_size, "inherit");
	hp_check_eq(touched(MEMORY_FILE, hp_pmd_size, false, hp_pmd_size), hp_pmd_size);
	hp_check_eq(touched(ANONYMOUS, hp_pmd_size, false, hp_pmd_size), hp_pmd_size);
	hp_shmem_enabled(0, "never");
	hp_check_eq(touched(MEMORY_FILE, hp_pmd_size, true, hp_base_size), hp_base_size);
	hp_check_eq(touched(ANONYMOUS, hp_pmd_size, true, hp_base_size), hp_base_size);
}

HP_PROGRAM(.summary = "shmem_enabled, global and by size, decides which shmem is huge",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("shmem-thp", "pagemap", "root"),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/transhuge.rst",
				  "Hugepages in tmpfs/shmem"}))
