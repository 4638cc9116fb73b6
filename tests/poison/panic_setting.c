// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * vm.panic_on_unrecoverable_memory_failure is 0 unless somebody sets it, takes 0 and 1, and
 * with 1 no memory error that the kernel recovers from stops the machine.
 */
#include "hugeproof.h"

#define SETTING "/proc/sys/vm/panic_on_unrecoverable_memory_failure"

static void need_setting(void)
{
	if (access(SETTING, R_OK))
		hp_skip_case("needs " SETTING " (Linux 7.3): run it on a newer kernel");
}

static long value(void)
{
	long now = -1;

	hp_check_eq(hp_read_long(SETTING, &now), 0);
	return now;
}

static void set(const char *text)
{
	hp_require(!hp_setting(SETTING, text), "cannot write %s to " SETTING, text);
}

HP_CASE(values, "panic_on_unrecoverable_memory_failure is 0, takes 1, and nothing beyond")
{
	need_setting();
	/* Outside of the lab an administrator may have set it. */
	if (getenv("HUGEPROOF_LAB"))
		hp_check_eq(value(), 0);
	set("0");
	hp_check_eq(hp_write_text(SETTING, "2"), -EINVAL);
	hp_check_eq(hp_write_text(SETTING, "-1"), -EINVAL);
	hp_check_eq(value(), 0);
	hp_check_eq(hp_write_text(SETTING, "1"), 0);
	hp_check_eq(value(), 1);
}

static const struct hp_memory_kind kinds[] = {
	{{"base", "a base page"}, HP_MEMORY_BASE},
	{{"hugetlb", "a hugetlb page"}, HP_MEMORY_HUGETLB},
	{{"thp", "a THP"}, HP_MEMORY_THP},
	{{"tmpfs", "a huge page of tmpfs"}, HP_MEMORY_TMPFS},
};

HP_CASES(recovered,
	 "with panic_on_unrecoverable_memory_failure an error in %s kills a process "
	 "at most",
	 kinds, kind)
{
	struct hp_area *area;
	char *bad;
	int log, error;
	uint64_t frame;
	char said[160];

	need_setting();
	set("1");
	area = hp_map_filled(kind->memory,
			     kind->memory == HP_MEMORY_HUGETLB ? hp_page_size : hp_pmd_size,
			     'm');
	bad = area->addr + hp_base_size;
	frame = hp_pfn(bad);
	log = hp_log();
	hp_poison_in_use(bad, &error);
	hp_recovery(log, frame, said, sizeof(said));
	hp_observed("recovery action", "%s", said);
	hp_check(said[0] != '\0');
	hp_check_poisoned(bad, HP_READ,
			  kind->memory == HP_MEMORY_HUGETLB ? hp_page_size : hp_base_size);
	hp_check(hp_pfn_poisoned(frame));
}

HP_CASE(free_page,
	"with panic_on_unrecoverable_memory_failure an error in a free page is handled")
{
	uint64_t frame;

	need_setting();
	set("1");
	frame = hp_free_frame();
	hp_check_eq(hp_poison_pfn(frame), 0);
	hp_check(hp_pfn_poisoned(frame));
}

HP_CASE(not_set,
	"without panic_on_unrecoverable_memory_failure an error in the kernel's text is "
	"ignored")
{
	struct hp_iomem code = {.first = 0};

	need_setting();
	hp_require(hp_iomem_read("Kernel code", &code, 1) > 0 && code.first,
		   "/proc/iomem has no line for the kernel's code");
	set("0");
	hp_check(hp_poison_pfn(code.first / hp_base_size) != 0);
}

HP_PROGRAM(.summary = "vm.panic_on_unrecoverable_memory_failure concerns no other errors",
	   .needs = HP_NEEDS("memory-failure", "unpoison", "pagemap", "thp", "hugetlb:1"),
	   .poisons = true, .spoils = true,
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/sysctl/vm.rst"}))
