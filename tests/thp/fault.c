// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A fault in an aligned range that may be huge allocates a THP, mapped by one PMD; at the
 * ends of a mapping, where none fits, it allocates base pages.
 */
#include "hugeproof.h"

static void check_whole(const struct hp_area *area)
{
	hp_check_eq(hp_made_huge(area), area->size);
	for (size_t page = 0; page < hp_pages(area); page++) {
		hp_check_eq(hp_folio_size(hp_page(area, page)), area->page_size);
		hp_check(
			hp_contiguous(hp_page(area, page), area->page_size / hp_base_size));
	}
}

HP_CASE(written, "a write fault allocates a zero-filled THP of consecutive frames")
{
	struct hp_area *area = hp_map_thp(2);
	struct hp_vmstat start = hp_events();
	struct hp_thp_totals kb = hp_thp_kb();
	long thp = (long)(hp_pmd_size / 1024);

	/* On machines with less than 512 MB all settings are off initially. */
	hp_thp_setting("use_zero_page", "1");
	hp_check_zeros(hp_nth_page(area, 1));
	hp_unmap(area);
	area = hp_map_thp(2);
	*(volatile char *)(hp_page(area, 1) + 12345) = 1;
	hp_require_huge(hp_nth_page(area, 1));
	*(volatile char *)(hp_page(area, 1) + 12345) = 0;
	hp_check_zeros(hp_nth_page(area, 1));
	hp_touch(hp_nth_page(area, 0));
	check_whole(area);
	hp_check_event(start, "thp_fault_alloc", 2);
	hp_check_thp_kb(kb, .anon = 2 * thp);
	hp_unmap(area);
	hp_check_thp_kb(kb);
}

HP_CASE(zero_page,
	"a read fault maps the huge zero page, and the first write replaces it by a THP")
{
	struct hp_area *area;
	struct hp_smaps map;

	hp_case_needs("zero-page");
	hp_thp_setting("use_zero_page", "1");
	area = hp_map_thp(1);
	hp_check_zeros(hp_nth_page(area, 0));
	hp_check(hp_is_zero_page(area->addr));
	hp_check(hp_is_zero_page(area->addr + area->size - hp_base_size));
	hp_check_ok(hp_smaps_read(0, area->addr, &map));
	hp_check_eq(map.anon_huge, 0);
	*(volatile uint64_t *)(area->addr + area->size / 2) = 7;
	hp_check(!hp_is_zero_page(area->addr + area->size / 2));
	hp_check_eq(*(volatile uint64_t *)(area->addr + area->size / 2), 7);
	*(volatile uint64_t *)(area->addr + area->size / 2) = 0;
	hp_check_zeros(hp_nth_page(area, 0));
}

HP_CASE(no_zero_page, "with use_zero_page=0 a read fault allocates a THP")
{
	struct hp_area *area;

	hp_thp_setting("use_zero_page", "0");
	area = hp_map_thp(1);
	hp_check_zeros(hp_nth_page(area, 0));
	hp_check(!hp_is_zero_page(area->addr));
	hp_require_huge(area);
}

HP_CASE(forced_write, "a forced write (/proc/PID/mem) to the huge zero page copies it")
{
	struct hp_area *area, *other;
	char *at;
	int mem;

	hp_case_needs("zero-page");
	/*
	 * Since 6.12 a kernel may allow forced writes to tracers only, as Debian's 7.3
	 * does.
	 */
	hp_need_force();
	hp_thp_setting("use_zero_page", "1");
	area = hp_map_thp(1);
	other = hp_map_thp(1);
	hp_protect(area, PROT_READ);
	hp_check_zeros(hp_nth_page(area, 0));
	hp_check_zeros(hp_nth_page(other, 0));
	hp_check(hp_is_zero_page(area->addr));
	at = area->addr + area->size / 2;
	mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	hp_check_ok(mem);
	hp_check_eq(pwrite(mem, "z", 1, (off_t)(uintptr_t)at), 1);
	hp_check_ok(close(mem));
	hp_check_eq(*(volatile char *)at, 'z');
	hp_check(!hp_is_zero_page(at));
	/* Other mappings of the zero page still read as zeros. */
	hp_check_zeros(hp_nth_page(other, 0));
	hp_check(hp_is_zero_page(other->addr));
	hp_check_fault(area, at, HP_WRITE, SIGSEGV, SEGV_ACCERR);
}

HP_CASE(edges, "faults at the ends of a mapping, where no THP fits, allocate base pages")
{
	struct hp_area *area = hp_map_thp(3);
	size_t thp = area->page_size;

	/* Makes sure that there is memory for THPs. */
	hp_touch(area);
	hp_require_huge(area);
	hp_check_ok(madvise(area->addr, area->size, MADV_DONTNEED));

	hp_check_ok(munmap(area->addr, thp / 2));
	hp_check_ok(munmap(area->addr + 3 * thp - thp / 2, thp / 2));
	area->addr += thp / 2;
	area->size = 2 * thp;
	hp_fill(area, 'e');
	hp_check_eq(hp_mapped_huge(area), thp);
	hp_check_eq(hp_folio_size(area->addr + thp / 2), thp);
	hp_check(hp_folio_size(area->addr + thp / 2 - 1) < thp);
	hp_check(hp_folio_size(area->addr + thp / 2 + thp) < thp);
	hp_check_filled(area, 'e');
}

HP_CASE(shared_file, "two mappings of a huge page of shmem are both PMD-mapped")
{
	struct hp_vmstat start = hp_events();
	int fd = hp_shmem_file(1);
	struct hp_area *one = hp_map_shmem(fd, 1, MAP_SHARED), *other;
	struct hp_thp_totals kb = hp_thp_kb();
	long thp = (long)(hp_pmd_size / 1024);

	hp_fill(one, 's');
	hp_require_huge(one);
	hp_check_event(start, "thp_file_alloc", 1);
	other = hp_map_shmem(fd, 1, MAP_SHARED);
	hp_check_filled(other, 's');
	check_whole(one);
	check_whole(other);
	hp_check_thp_kb(kb, .shmem = thp, .shmem_pmd_mapped = thp);
	hp_unmap(one);
	hp_unmap(other);
	hp_check_ok(close(fd));
	hp_check_thp_kb(kb);
}

HP_CASE(forked,
	"a child's write copies a base page, and the parent keeps its contents and THP")
{
	struct hp_area *area = hp_filled_thp(1, 'f');

	hp_in_child() {
		hp_check_filled(area, 'f');
		hp_check_eq(hp_mapped_huge(area), area->size);
		*(volatile char *)(area->addr + 5 * hp_base_size) = 'w';
		hp_check_eq(*(volatile char *)(area->addr + 5 * hp_base_size), 'w');
		hp_check_filled_around(area, hp_part(area, 5 * hp_base_size, 1 + 7), 'f');
		/* The child's PMD mapping is split, and one base page is a copy. */
		hp_check_eq(hp_mapped_huge(area), 0);
		hp_check_eq(hp_folio_size(area->addr + 4 * hp_base_size), area->page_size);
		hp_check(hp_folio_size(area->addr + 5 * hp_base_size) < area->page_size);
	}
	check_whole(area);
	hp_check_filled(area, 'f');
	/* No other process shares the THP any more: a write copies nothing. */
	hp_fill(area, 'g');
	check_whole(area);
	hp_check_filled(area, 'g');
}

HP_PROGRAM(.summary = "a fault allocates a THP where one fits",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "pagemap"),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/transhuge.rst"}))
