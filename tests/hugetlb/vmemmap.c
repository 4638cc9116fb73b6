// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Pages that were made with the vmemmap optimisation on and off are alike to those who
 * use them: same bytes, same counters, and they can be made and given back in turn.
 */
#include "hugeproof.h"

#define SWITCH "/proc/sys/vm/hugetlb_optimize_vmemmap"

/* Makes a page under that setting, and uses it. */
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
		hp_skip_case("a gigantic page that was given back may not be found again: "
			     "run it "
			     "with a smaller size");
}

HP_CASE(on, "a huge page made with the vmemmap optimisation on is like any other")
{
	needs_the_switch();
	use_a_page("1");
}

HP_CASE(off, "a huge page made with the vmemmap optimisation off is like any other")
{
	needs_the_switch();
	use_a_page("0");
}

HP_CASE(on_then_off, "a huge page made with the vmemmap optimisation on goes back after it "
		     "was switched off")
{
	needs_the_switch();
	use_a_page("1");
	use_a_page("0");
	use_a_page("1");
}

HP_PROGRAM(.summary = "the vmemmap optimisation changes nothing that a user can see",
	   .needs = HP_NEEDS("hugetlb:1", "pool:control"),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/sysctl/vm.rst",
				  "hugetlb_optimize_vmemmap"}))
