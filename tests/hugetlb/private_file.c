// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A private mapping of a hugetlb file shows the file until it is written, copies on write,
 * and never changes the file.
 */
#include "hugeproof.h"

HP_CASE(sees_the_file, "a private mapping of a hugetlb file shows and shares its page")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fd;

	hp_filled_file(&fd, 1, 'f');
	hp_check_filled(hp_map_file(fd, 0, 1, MAP_PRIVATE), 'f');
	/* One page of the file; one reserved for the copy that was not made yet. */
	hp_check_hugetlb(start, .free = -1, .rsvd = +1);
}

HP_CASE(never_changes_it,
	"a write to a private mapping of a hugetlb file copies the page, the file stays")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fd;
	struct hp_area *shared = hp_filled_file(&fd, 1, 'f');
	struct hp_area *private = hp_map_file(fd, 0, 1, MAP_PRIVATE);

	hp_fill(private, 'c');
	hp_check_hugetlb(start, .free = -2);
	hp_check_filled(shared, 'f');
	hp_check_filled(private, 'c');

	hp_step("the copy is unmapped");
	hp_unmap(private);
	hp_check_hugetlb(start, .free = -1);
	hp_check_filled(hp_map_file(fd, 0, 1, MAP_PRIVATE), 'f');
}

HP_CASE(later_writes, "a private mapping without a copy sees later writes to the file")
{
	int fd;
	struct hp_area *shared = hp_filled_file(&fd, 1, 'f');
	struct hp_area *untouched = hp_map_file(fd, 0, 1, MAP_PRIVATE | MAP_NORESERVE);
	struct hp_area *copied;

	hp_check_filled(untouched, 'f');
	copied = hp_map_file(fd, 0, 1, MAP_PRIVATE | MAP_NORESERVE);
	hp_fill(copied, 'c');

	hp_fill(shared, 'g');
	hp_check_filled(untouched, 'g');
	hp_check_filled(copied, 'c');
}

HP_CASE(hole_is_private, "a private write to a hole of a hugetlb file leaves the hole")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fd = hp_hugetlb_file();
	struct hp_area *private = hp_map_file(fd, 0, 1, MAP_PRIVATE), *shared;

	hp_fill(private, 'c');
	hp_check_hugetlb(start, .free = -1);
	shared = hp_map_file(fd, 0, 1, MAP_SHARED);
	hp_check_zeros(shared);
	hp_check_hugetlb(start, .free = -2);
	hp_check_filled(private, 'c');
}

HP_CASE(child_copies, "a child's write to a private mapping shows only to the child")
{
	int fd;
	struct hp_area *shared = hp_filled_file(&fd, 1, 'f');
	struct hp_area *private = hp_map_file(fd, 0, 1, MAP_PRIVATE | MAP_NORESERVE);

	hp_in_child() {
		hp_check_filled(private, 'f');
		hp_fill(private, 'c');
	}
	hp_check_filled(private, 'f');
	hp_check_filled(shared, 'f');
}

HP_PROGRAM(.summary = "a private mapping of a hugetlb file never changes the file",
	   .needs = HP_NEEDS("hugetlb:2"),
	   .sources = HP_SOURCES({"man", "mmap(2)"},
				 {"doc", "Documentation/admin-guide/mm/hugetlbpage.rst"}))
