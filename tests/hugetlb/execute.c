// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Machine code on huge pages runs, also right after it was written there, after
 * copy-on-write and in a new page at a previously used address: no stale instruction is
 * executed.
 */
#include "hugeproof.h"

static struct hp_area *executable(int type)
{
	struct hp_area *area = hp_map_hugetlb(1, type);

	hp_protect(area, PROT_READ | PROT_WRITE | PROT_EXEC);
	return area;
}

HP_CASE(rewritten, "code that overwrites other code on a huge page is executed")
{
	struct hp_area *area = executable(MAP_PRIVATE);
	char *last = area->addr + area->size - HP_CODE_BYTES;

	for (int i = 0; i < 100; i++) {
		hp_write_code(area->addr, i % 2 ? hp_seven : hp_eight);
		hp_write_code(last, i % 2 ? hp_eight : hp_seven);
		hp_check_eq(hp_run_code(area->addr), i % 2 ? 7 : 8);
		hp_check_eq(hp_run_code(last), i % 2 ? 8 : 7);
	}
}

HP_CASE(new_page, "code in a new huge page at an address that held other code is executed")
{
	struct hp_area *area = executable(MAP_PRIVATE);

	for (int i = 0; i < 20; i++) {
		hp_write_code(area->addr, i % 2 ? hp_seven : hp_eight);
		hp_check_eq(hp_run_code(area->addr), i % 2 ? 7 : 8);
		hp_check_ok(madvise(area->addr, area->size, MADV_DONTNEED));
	}
}

HP_CASE(copied, "after copy-on-write of a huge page each process executes its own code")
{
	struct hp_area *area = executable(MAP_PRIVATE);

	hp_write_code(area->addr, hp_seven);
	hp_in_child() {
		hp_step("the child executes what it has inherited");
		hp_check_eq(hp_run_code(area->addr), 7);
		hp_write_code(area->addr, hp_eight);
		hp_step("the child executes what it has written to its copy");
		hp_check_eq(hp_run_code(area->addr), 8);
	}
	hp_check_eq(hp_run_code(area->addr), 7);
}

HP_CASE(refused, "code on a huge page without PROT_EXEC gets SIGSEGV")
{
	struct hp_area *area = executable(MAP_SHARED);
	pid_t child;

	hp_write_code(area->addr, hp_seven);
	hp_check_eq(hp_run_code(area->addr), 7);
	hp_protect(area, PROT_READ | PROT_WRITE);
	hp_beside_child(child) {
		hp_run_code(area->addr);
	}
	hp_check_eq(hp_check_killed(child, SIGSEGV).code, SEGV_ACCERR);
}

HP_PROGRAM(.summary = "code on huge pages is executed, and never a stale copy",
	   .needs = HP_NEEDS("hugetlb:2"), .sources = HP_SOURCES({"man", "mprotect(2)"}))
