// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Pages allocated with the vmemmap optimisation on and off are the same for their users:
 * same contents, same counters, and they can be allocated and freed alternately.
 */
#include "hugeproof.h"

#define SWITCH "/proc/sys/vm/hugetlb_optimize_vmemmap"

/* Allocates a page under that setting, and uses it. */
static void use_a_page(const char *setting)
{
	struct hp_hugetlb_counts start;
	struct hp_area *area;
	long value;

	hp_require(!hp_setting(SWITCH, setting), "cannot write " SWITCH);
	hp_require(!hp_read_long(SWITCH, &value) && value == atoi(setting),
		   "cannot change " SWITCH);
	hp_pool_resize(0);
	hp_check_pool(0, 0, 0, 0);
	hp_pool_resize(1);
	hp_check_pool(1, 1, 0, 0);
	start = hp_hugetlb();
	area = hp_filled_hugetlb(1, MAP_PRIVATE, 'v');
	hp_check_filled(area, 'v');
	hp_check_hugetlb(start, .free = -1);
	hp_unmap(area);
	hp_check_hugetlb(start);
}

static void needs_the_switch(void)
{
	if (access(SWITCH, W_OK))
		hp_skip_case("needs " SWITCH ": a kernel with "
			     "CONFIG_HUGETLB_PAGE_OPTIMIZE_VMEMMAP, and root");
	if (hp_hugetlb_gigantic(hp_page_size))
		hp_skip_case("gigantic pages that are freed may not be available again: "
			     "run a smaller size");
}

HP_CASE(on, "a huge page allocated with vmemmap optimisation works like any other")
{
	needs_the_switch();
	use_a_page("1");
}

HP_CASE(off, "a huge page allocated without vmemmap optimisation works like any other")
{
	needs_the_switch();
	use_a_page("0");
}

HP_CASE(on_then_off,
	"huge pages with vmemmap optimisation can be freed after it was turned off")
{
	needs_the_switch();
	use_a_page("1");
	use_a_page("0");
	use_a_page("1");
}

HP_PROGRAM(.summary = "the vmemmap optimisation is invisible to users",
	   .needs = HP_NEEDS("hugetlb:1", "pool:control"),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/sysctl/vm.rst",
				  "hugetlb_optimize_vmemmap"}))
