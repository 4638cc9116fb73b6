// SPDX-License-Identifier: LGPL-2.1-or-later
/* Like bad_cases.c, with huge pages. */
#include "hugeproof.h"
#include "load/load.h"

#include <sys/ipc.h>
#include <sys/shm.h>

HP_CASE(keeps_pages, "it leaves a page behind in a SysV segment")
{
	int id = shmget(IPC_PRIVATE, hp_page_size, IPC_CREAT | SHM_HUGETLB | 0600);

	hp_require(id >= 0, "no segment: %s", strerror(errno));
	printf("# segment %d\n", id);
}

HP_CASE(wrong_count, "the pool is not what the check says")
{
	struct hp_hugetlb_counts start = hp_hugetlb();

	hp_map_hugetlb(1, MAP_SHARED);
	hp_check_hugetlb(start, .free = -1);
}

HP_CASE(wrong_field,
	"a counter of the pool, compared by itself, is not what the check says")
{
	struct hp_hugetlb_counts start = hp_hugetlb();

	hp_check_eq(hp_hugetlb().free, start.free + 1);
}

HP_CASE(wrong_tag, "a page holds another tag")
{
	struct hp_area *area = hp_map_hugetlb(2, MAP_PRIVATE);

	hp_fill(area, 'a');
	hp_fill(hp_nth_page(area, 1), 'b');
	hp_check_filled(area, 'a');
}

HP_CASE(one_byte, "one byte in the middle is different")
{
	struct hp_area *area = hp_map_hugetlb(2, MAP_PRIVATE);

	hp_fill(area, 'a');
	hp_page(area, 1)[hp_page_size / 2 + 3] ^= 1;
	hp_check_filled(area, 'a');
}

HP_CASE(misplaced, "a base page stands in the place of another")
{
	struct hp_area *area = hp_map_hugetlb(1, MAP_PRIVATE);

	hp_fill(area, 'a');
	memcpy(area->addr + 3 * hp_base_size, area->addr + 5 * hp_base_size, hp_base_size);
	hp_check_filled(area, 'a');
}

HP_CASE(not_zero, "a page that should be zero is not")
{
	struct hp_area *area = hp_map_hugetlb(1, MAP_PRIVATE);

	area->addr[hp_page_size - 1] = 1;
	hp_check_zeros(hp_nth_page(area, 0));
}

HP_CASE(no_fault, "an access that should fault does not")
{
	struct hp_area *area = hp_map_hugetlb(1, MAP_PRIVATE);

	hp_check_fault(area, area->addr, HP_WRITE, SIGBUS, BUS_ADRERR);
}

HP_CASE(other_fault, "an access faults in another way")
{
	struct hp_area *area = hp_map_hugetlb(1, MAP_PRIVATE);

	hp_check_ok(mprotect(area->addr, area->size, PROT_NONE));
	hp_check_fault(area, area->addr, HP_READ, SIGBUS, BUS_ADRERR);
}

HP_CASE(resizes_and_dies, "it resizes the pool and is killed")
{
	struct hp_hugetlb_counts pool = hp_hugetlb();

	hp_pool_resize(pool.total + 1);
	hp_check_eq(hp_hugetlb().total, pool.total + 1);
	raise(SIGKILL);
}

HP_CASE(leaves_exactly, "hp_pool_leave leaves the requested pages, and is undone")
{
	struct hp_hugetlb_counts pool;

	hp_pool_leave(1);
	pool = hp_hugetlb();
	hp_check_eq(pool.free - pool.rsvd, 1);
}

/* Enlarges the pool like an administrator, up to the parameter "most". */
static void resize_as_another(void)
{
	char path[160], value[32];
	long total = hp_hugetlb().total;

	if (total >= hp_param_long("most"))
		return;
	hp_hugetlb_path(path, sizeof(path), hp_page_size, "nr_hugepages");
	snprintf(value, sizeof(value), "%ld", total + 1);
	hp_check_ok(hp_write_text(path, value));
}

HP_CASE(resized, "another process resizes the pool, without effect on the case")
{
	resize_as_another();
}

HP_CASE(resized_meanwhile, "another process resizes the pool, and a check fails")
{
	struct hp_hugetlb_counts start = hp_hugetlb();

	resize_as_another();
	hp_check_hugetlb(start, .total = 0);
}

HP_CASE(other_resized,
	"the case resizes its pool, and another process that of another size")
{
	size_t sizes[HP_MAX_SIZES];
	char path[160], value[32];
	int n = hp_hugetlb_sizes(sizes);
	long pages;

	hp_pool_resize(hp_hugetlb().total);
	for (int i = 0; i < n; i++) {
		if (sizes[i] == hp_page_size)
			continue;
		hp_hugetlb_path(path, sizeof(path), sizes[i], "nr_hugepages");
		hp_check_ok(hp_read_long(path, &pages));
		if (pages >= hp_param_long("most"))
			return;
		snprintf(value, sizeof(value), "%ld", pages + 1);
		hp_check_ok(hp_write_text(path, value));
		hp_check_ok(hp_read_long(path, &pages));
		if (pages != atol(value))
			hp_skip_case("needs a page of another size: none can be allocated");
		return;
	}
	hp_skip_case("needs huge pages of another size");
}

HP_CASE(resized_and_wrong, "the same, and another check fails")
{
	long total = hp_hugetlb().total;

	resize_as_another();
	hp_check(hp_hugetlb().total == total);
	hp_check(total < 0);
}

HP_PROGRAM(.summary = "does everything wrong with huge pages",
	   .sources = HP_SOURCES({"selftest", "selftest/lib/test_frame.py"}),
	   .needs = HP_NEEDS("hugetlb:3"), .seconds = 10,
	   .params = HP_PARAMS(
		   {"most", "0",
		    "size up to which the pool is enlarged, as by another process"}))
