// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A file that gains or loses pages while memory runs out keeps the contents of its other
 * pages, and its file system the right number of blocks.
 */
#include "hugeproof.h"

static const struct hp_sweep_kind *const tmpfs = &hp_sweep_huge_kinds[1];

static int allocate(struct hp_sweep_memory *memory)
{
	return fallocate(memory->fd, 0, 0, (off_t)memory->area.size) ? errno : 0;
}

static void check_fresh(struct hp_sweep_memory *memory)
{
	hp_check_zeros(&memory->area);
	hp_fill(&memory->area, 'a');
	hp_check_filled(&memory->area, 'a');
}

/*
 * fallocate(2) does not say what happens to the pages allocated before the failure: they
 * may stay.
 */
HP_CASES(allocates, "fallocate with failing allocations loses no page", hp_sweep_file_kinds,
	 kind)
{
	hp_sweep_run(kind, &(struct hp_sweep){.state = HP_SWEEP_UNTOUCHED,
					      .act = allocate,
					      .after = check_fresh,
					      .errors = {ENOSPC},
					      .partly = true});
}

static void make_buffer(struct hp_sweep_memory *memory)
{
	memory->other = malloc(memory->area.size);
	hp_require(memory->other, "no memory");
	memset(memory->other, 'b', memory->area.size);
}

static void check_written(struct hp_sweep_memory *memory)
{
	hp_check(!memcmp(memory->other, memory->area.addr, memory->area.size));
}

/* Repeats short writes until all is written. */
static int write_all(struct hp_sweep_memory *memory)
{
	const char *from = memory->other;

	for (size_t done = 0; done < memory->area.size;) {
		ssize_t put = pwrite(memory->fd, from + done, memory->area.size - done,
				     (off_t)done);

		if (put <= 0)
			return put ? errno : EIO;
		done += (size_t)put;
	}
	return 0;
}

HP_CASE(write_tmpfs, "write with failing allocations puts exactly the written bytes into a "
		     "file on huge tmpfs")
{
	hp_sweep_run(tmpfs, &(struct hp_sweep){.state = HP_SWEEP_UNTOUCHED,
					       .before = make_buffer,
					       .act = write_all,
					       .after = check_written,
					       .errors = {ENOSPC},
					       .partly = true});
}

HP_PROGRAM(.summary = "files of huge pages lose no data when memory allocations fail",
	   .page_sizes = HP_PMD_SIZE, .seconds = 120, .log_allows = HP_SWEEP_LINES,
	   .needs = HP_NEEDS("fault-injection", "pagemap", "thp", "pool:control",
			     "hugetlb:8"),
	   .sources = HP_SOURCES(
		   {"doc", "Documentation/fault-injection/fault-injection.rst", "fail-nth"},
		   {"man", "fallocate(2)"},
		   {"doc", "Documentation/mm/hugetlbfs_reserv.rst"}))
