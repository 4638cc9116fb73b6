// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * An operation on a range reports how many bytes it has filled: all of them, or those
 * before the page where it stopped (EAGAIN), or an error if there are none.
 */
#include "hugeproof.h"

#define ALL_MODES                                                                          \
	(UFFD_FEATURE_POISON | UFFD_FEATURE_MINOR_SHMEM | UFFD_FEATURE_MINOR_HUGETLBFS)

static struct hp_uffd_pages room(enum hp_memory memory, enum hp_uffd_op op)
{
	return hp_uffd_pages_of(memory,
				op == HP_UFFD_CONTINUE ? UFFDIO_REGISTER_MODE_MINOR
						       : UFFDIO_REGISTER_MODE_MISSING,
				op == HP_UFFD_MOVE ? UFFD_FEATURE_MOVE : ALL_MODES);
}

static struct hp_uffd_request call(const struct hp_uffd_pages *it, enum hp_uffd_op op,
				   size_t first, size_t pages)
{
	return (struct hp_uffd_request){op,
					hp_page(it->area, first),
					hp_page(it->source, first),
					pages * it->area->page_size,
					false,
					0};
}

/*
 * The operation stops before page `obstacle`, and fails with `error` when it starts there.
 */
static void check_stops(const struct hp_uffd_pages *it, enum hp_uffd_op op, size_t obstacle,
			int error)
{
	size_t page = it->area->page_size, pages = hp_pages(it->area);
	struct hp_uffd_request at = call(it, op, obstacle, pages - obstacle),
			       all = call(it, op, 0, pages), one = call(it, op, 0, 1);

	hp_step("starting at the obstacle");
	hp_check_eq(hp_uffd_call(it->uffd, &at), error);
	hp_check_eq(at.done, -error);
	hp_step("from the first page on");
	hp_check_eq(hp_uffd_call(it->uffd, &all), EAGAIN);
	hp_check_eq(all.done, obstacle * page);
	hp_step("the first page again");
	hp_check_eq(hp_uffd_call(it->uffd, &one), EEXIST);
	hp_check_eq(one.done, -EEXIST);
}

/* Fills another range, which has no obstacle. */
static void check_all(struct hp_uffd_pages *before, enum hp_memory memory,
		      enum hp_uffd_op op)
{
	struct hp_uffd_pages it;
	struct hp_uffd_request all;

	hp_unmap(before->area);
	if (before->writer)
		hp_unmap(before->writer);
	it = room(memory, op);
	all = call(&it, op, 0, hp_pages(it.area));
	if (op == HP_UFFD_CONTINUE)
		hp_fill(it.writer, 'w');
	hp_check_eq(hp_uffd_call(it.uffd, &all), 0);
	hp_check_eq(all.done, it.area->size);
}

/* The page where the operation must stop. */
static size_t obstacle(const struct hp_uffd_pages *it)
{
	return hp_pages(it->area) == 2 ? 1 : 9;
}

HP_CASES(copied, "UFFDIO_COPY reports the bytes filled before a present page",
	 hp_uffd_page_kinds, kind)
{
	struct hp_uffd_pages it = room(kind->memory, HP_UFFD_COPY);
	struct hp_uffd_request first = call(&it, HP_UFFD_COPY, obstacle(&it), 1);

	hp_check_eq(hp_uffd_call(it.uffd, &first), 0);
	hp_check_eq(first.done, it.area->page_size);
	check_stops(&it, HP_UFFD_COPY, obstacle(&it), EEXIST);
	hp_check_filled(hp_part(it.area, 0, (obstacle(&it) + 1) * it.area->page_size), 'u');
	check_all(&it, kind->memory, HP_UFFD_COPY);
}

HP_CASES(zeroed, "UFFDIO_ZEROPAGE reports the bytes filled before a present page",
	 hp_uffd_kinds, kind)
{
	struct hp_uffd_pages it = room(kind->memory, HP_UFFD_ZERO);
	struct hp_uffd_request first = call(&it, HP_UFFD_COPY, obstacle(&it), 1);

	hp_check_eq(hp_uffd_call(it.uffd, &first), 0);
	check_stops(&it, HP_UFFD_ZERO, obstacle(&it), EEXIST);
	hp_check_zeros(hp_part(it.area, 0, obstacle(&it) * it.area->page_size));
	check_all(&it, kind->memory, HP_UFFD_ZERO);
}

HP_CASES(poisoned, "UFFDIO_POISON reports the bytes filled before a present page",
	 hp_uffd_page_kinds, kind)
{
	struct hp_uffd_pages it = room(kind->memory, HP_UFFD_POISON);
	struct hp_uffd_request first = call(&it, HP_UFFD_COPY, obstacle(&it), 1);

	hp_check_eq(hp_uffd_call(it.uffd, &first), 0);
	check_stops(&it, HP_UFFD_POISON, obstacle(&it), EEXIST);
	hp_check_filled(hp_nth_page(it.area, obstacle(&it)), 'u');
	check_all(&it, kind->memory, HP_UFFD_POISON);
}

static const struct hp_memory_kind files[] = {
	{{"hugetlb", "hugetlb"}, HP_MEMORY_HUGETLB},
	{{"shmem", "shared memory"}, HP_MEMORY_TMPFS},
};

HP_CASES(continued, "UFFDIO_CONTINUE reports the bytes mapped before a hole of the file",
	 files, kind)
{
	struct hp_uffd_pages it = room(kind->memory, HP_UFFD_CONTINUE);

	hp_fill(hp_part(it.writer, 0, obstacle(&it) * it.area->page_size), 'w');
	check_stops(&it, HP_UFFD_CONTINUE, obstacle(&it), EFAULT);
	hp_check_filled(hp_part(it.area, 0, obstacle(&it) * it.area->page_size), 'w');
	check_all(&it, kind->memory, HP_UFFD_CONTINUE);
}

HP_CASE(moved, "UFFDIO_MOVE reports the bytes moved before a hole of the source")
{
	struct hp_uffd_pages it = room(HP_MEMORY_THP, HP_UFFD_MOVE);

	hp_check_ok(madvise(hp_page(it.source, 9), hp_base_size, MADV_DONTNEED));
	check_stops(&it, HP_UFFD_MOVE, 9, ENOENT);
	hp_check_filled(hp_part(it.area, 0, 9 * hp_base_size), 'u');
	hp_check_filled(
		hp_part(it.source, 10 * hp_base_size, it.source->size - 10 * hp_base_size),
		'u');
	check_all(&it, HP_MEMORY_THP, HP_UFFD_MOVE);
}

HP_PROGRAM(.summary = "operations on a range report how many bytes they have filled",
	   .needs = HP_NEEDS("hugetlb:2", "thp", "pagemap", "root"), .seconds = 20,
	   .log_allows = HP_LINES("due to hardware memory corruption fault"),
	   .sources = HP_SOURCES({"man", "ioctl_userfaultfd(2)",
				  "the fields copy, zeropage, mapped, updated and move"}))
