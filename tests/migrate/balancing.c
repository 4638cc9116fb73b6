// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * NUMA balancing migrates a huge page, without splitting it, to the node whose CPUs access
 * it.
 */
#include "hugeproof.h"

#include <numa.h>
#include <numaif.h>

#define TIMEOUT_S 30

HP_CASE(follows_its_user, "NUMA balancing migrates a huge page to the node that reads it")
{
	int from = hp_node(0), to = hp_node(1);
	struct hp_vmstat start;
	struct hp_area *area;
	unsigned long sum = 0;

	hp_require(!hp_numa_balancing(), "cannot write kernel.numa_balancing");
	area = hp_map_thp(1);
	hp_bind_area(area, from);
	hp_fill(area, 'n');
	hp_require_huge(area);
	hp_check_eq(hp_node_of(area->addr), from);
	/* The default policy allows NUMA balancing to migrate it. */
	hp_check_ok(mbind(area->addr, area->size, MPOL_DEFAULT, NULL, 0, 0));
	hp_require(!numa_run_on_node(to), "cannot run on node %d", to);
	start = hp_events();
	hp_eventually((({
			       for (size_t i = 0; i < area->size; i += 512)
				       sum += *(volatile unsigned char *)(area->addr + i);
		       }),
		       hp_node_of(area->addr) == to),
		      TIMEOUT_S);
	hp_note("sum %lu", sum);
	hp_check_eq(hp_mapped_huge(area), area->size);
	hp_check_filled(area, 'n');
	hp_check_event(start, "thp_migration_success", 1);
}

HP_PROGRAM(.summary = "NUMA balancing migrates huge pages to the nodes that access them",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("thp", "pagemap", "nodes:2", "root"), .seconds = 60,
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/sysctl/kernel.rst",
				  "numa_balancing"}))
