// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The results of mbind: success, EIO where MPOL_MF_STRICT is not met, and errors for
 * invalid arguments.
 */
#include "hugeproof.h"

#include <numaif.h>

/* From the first node with memory to the second. */
#define FROM hp_node(0)
#define TO   hp_node(1)

static int bind_to(const struct hp_area *area, size_t bytes, int node, int flags)
{
	unsigned long mask = 1UL << node;

	return mbind(area->addr, bytes, MPOL_BIND, &mask, 8 * sizeof(mask) + 1, flags);
}

HP_CASE(met, "mbind with MPOL_MF_STRICT succeeds where every page is on the node already")
{
	struct hp_area *area = hp_thp_on_node(FROM, 2, 's');

	hp_check_ok(bind_to(area, area->size, FROM, MPOL_MF_STRICT));
	hp_check_eq(hp_mapped_huge(area), area->size);
	hp_check_filled(area, 's');
}

HP_CASE(not_met,
	"mbind with MPOL_MF_STRICT fails with EIO for misplaced pages, and migrates none")
{
	struct hp_area *area = hp_thp_on_node(FROM, 2, 's');

	hp_check_errno(bind_to(area, area->size, TO, MPOL_MF_STRICT), EIO);
	hp_check_eq(hp_node_of(area->addr), FROM);
	hp_check_eq(hp_mapped_huge(area), area->size);
	hp_check_filled(area, 's');
}

HP_CASE(not_met_by_one,
	"mbind with MPOL_MF_STRICT fails with EIO for one misplaced huge page")
{
	struct hp_area *area = hp_thp_on_node(FROM, 2, 's');

	hp_check_eq(hp_move_to_node(hp_page(area, 0), TO), TO);
	hp_check_errno(bind_to(area, area->size, TO, MPOL_MF_STRICT), EIO);
	hp_check_eq(hp_move_to_node(hp_page(area, 1), TO), TO);
	hp_check_ok(bind_to(area, area->size, TO, MPOL_MF_STRICT));
	hp_check_filled(area, 's');
}

HP_CASE(met_by_moving,
	"mbind with MPOL_MF_STRICT and MPOL_MF_MOVE succeeds when all pages could migrate")
{
	struct hp_area *area = hp_thp_on_node(FROM, 2, 's');

	hp_check_ok(bind_to(area, area->size, TO, MPOL_MF_STRICT | MPOL_MF_MOVE));
	hp_check_eq(hp_node_of(area->addr), TO);
	hp_check_eq(hp_node_of(hp_page(area, 1)), TO);
	hp_check_eq(hp_mapped_huge(area), area->size);
	hp_check_filled(area, 's');
}

HP_CASE(shared, "mbind leaves pages that a child maps too; MPOL_MF_MOVE_ALL migrates them")
{
	struct hp_area *area = hp_thp_on_node(FROM, 2, 's');
	struct hp_paused *child;
	int error = 0;

	hp_paused_child(child) {
		hp_check_filled(area, 's');
		hp_pause(child);
	}
	/* Since Linux 6.7 it is no failure to leave shared pages; before it was EIO. */
	if (bind_to(area, area->size, TO, MPOL_MF_STRICT | MPOL_MF_MOVE))
		error = errno;
	hp_check(error == EIO || error == 0);
	hp_observed("mbind that leaves shared pages", "%s", error ? "EIO" : "success");
	hp_check_eq(hp_node_of(area->addr), FROM);
	hp_check_ok(bind_to(area, area->size, TO, MPOL_MF_STRICT | MPOL_MF_MOVE_ALL));
	hp_check_eq(hp_node_of(area->addr), TO);
	hp_check_filled(area, 's');
	hp_resume_ok(child);
}

HP_CASE(pinned,
	"mbind with MPOL_MF_STRICT fails with EIO for a pinned page, until it is unpinned")
{
	struct hp_area *area = hp_thp_on_node(FROM, 2, 's');
	struct hp_ring *ring = hp_ring_open();
	struct hp_vmstat start = hp_events();
	uint64_t frame = hp_pfn(area->addr);

	hp_check_eq(hp_ring_pin(ring, area->addr + 5 * hp_base_size, hp_base_size), 0);
	hp_check_errno(bind_to(area, area->page_size, TO, MPOL_MF_STRICT | MPOL_MF_MOVE),
		       EIO);
	hp_check_unmoved(hp_pfn(area->addr) == frame);
	hp_check_event(start, "thp_migration_success", 0);
	/* Without MPOL_MF_STRICT the pinned page stays, without an error. */
	hp_check_ok(bind_to(area, area->page_size, TO, MPOL_MF_MOVE));
	hp_check_unmoved(hp_pfn(area->addr) == frame);
	hp_check_filled(area, 's');
	hp_check_eq(hp_ring_unpin(ring), 0);
	hp_eventually(!bind_to(area, area->page_size, TO, MPOL_MF_STRICT | MPOL_MF_MOVE),
		      5);
	hp_check_eq(hp_node_of(area->addr), TO);
	hp_check_filled(area, 's');
	hp_ring_close(ring);
}

HP_CASE(hole, "mbind fails with EFAULT for a partly unmapped range")
{
	struct hp_area *area = hp_thp_on_node(FROM, 2, 's');

	hp_check_ok(munmap(hp_page(area, 1), hp_base_size));
	hp_check_errno(bind_to(area, area->size, TO, MPOL_MF_MOVE), EFAULT);
	hp_check_errno(bind_to(area, area->size, TO, MPOL_MF_STRICT), EFAULT);
	hp_check_filled(hp_nth_page(area, 0), 's');
}

HP_CASE(nonsense,
	"mbind fails with EINVAL for bad addresses and flags, and an empty nodemask")
{
	struct hp_area *area = hp_thp_on_node(FROM, 2, 's');
	unsigned long mask = 1UL << TO, none = 0;
	const unsigned long bits = 8 * sizeof(mask) + 1;

	hp_check_errno(mbind(area->addr + 1, area->page_size, MPOL_BIND, &mask, bits, 0),
		       EINVAL);
	hp_check_errno(mbind(area->addr, area->page_size, MPOL_BIND, &mask, bits, 1 << 20),
		       EINVAL);
	hp_check_errno(mbind(area->addr, area->page_size, MPOL_BIND, &none, bits, 0),
		       EINVAL);
	hp_check_eq(hp_node_of(area->addr), FROM);
	hp_check_eq(hp_mapped_huge(area), area->size);
	hp_check_filled(area, 's');
}

HP_CASE(unprivileged, "mbind with MPOL_MF_MOVE_ALL fails with EPERM without CAP_SYS_NICE")
{
	struct hp_area *area = hp_thp_on_node(FROM, 2, 's');

	hp_in_child() {
		hp_check_ok(setuid(65534));
		hp_check_errno(bind_to(area, area->page_size, TO, MPOL_MF_MOVE_ALL), EPERM);
		hp_check_ok(bind_to(area, area->page_size, FROM, MPOL_MF_STRICT));
	}
	hp_check_eq(hp_node_of(area->addr), FROM);
	hp_check_filled(area, 's');
}

HP_PROGRAM(.summary = "mbind returns success and errors as its manual page says",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("thp", "pagemap", "nodes:2", "migration", "cap:sys_nice"),
	   .sources = HP_SOURCES({"man", "mbind(2)"}))
