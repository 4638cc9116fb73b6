// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * UFFDIO_COPY of hugetlb takes the page that its mapping has reserved, once; a copy that
 * fails, for whatever reason, takes nothing, and the promise stands.
 */
#include "hugeproof.h"

struct mapping {
	struct hp_hugetlb start; /* before it was mapped */
	struct hp_area *area, *source;
	int uffd;
};

static struct mapping mapped(int flags)
{
	struct mapping it = {.start = hp_hugetlb()};

	it.area = hp_map_hugetlb(1, flags);
	it.source = hp_uffd_source(it.area, 'u');
	it.uffd = hp_uffd_missing(it.area);
	return it;
}

static int copy(const struct mapping *it)
{
	return hp_uffd_copy(it->uffd, it->area->addr, it->source->addr, it->area->size);
}

/* Nothing was taken: the promise is kept by a copy, and all comes back in the end. */
static void check_kept(struct mapping *it)
{
	hp_check_hugetlb(it->start, .rsvd = +1);
	hp_check_eq(copy(it), 0);
	hp_check_filled(it->area, 'u');
	hp_check_hugetlb(it->start, .free = -1);
	hp_unmap(it->area);
	hp_check_hugetlb(it->start);
}

HP_SHARING_CASES(copied, "a copy uses the reserved page up, and no other")
{
	struct mapping it;

	hp_pool_leave(1);
	it = mapped(sharing);
	check_kept(&it);
}

HP_SHARING_CASES(exists, "EEXIST: a second copy takes nothing")
{
	struct mapping it = mapped(sharing);

	hp_check_eq(copy(&it), 0);
	for (int i = 0; i < 3; i++)
		hp_check_eq(copy(&it), EEXIST);
	hp_check_hugetlb(it.start, .free = -1);
	hp_unmap(it.area);
	hp_check_hugetlb(it.start);
}

HP_CASE(exists_in_file, "EEXIST: what another mapping of the file has made")
{
	struct hp_hugetlb start = hp_hugetlb();
	int fd = hp_hugetlb_file(), uffd;
	struct hp_area *writer, *area, *source;

	hp_check_ok(ftruncate(fd, (off_t)hp_page_size));
	writer = hp_map_file(fd, 0, 1, MAP_SHARED);
	area = hp_map_file(fd, 0, 1, MAP_SHARED);
	source = hp_uffd_source(area, 'u');
	uffd = hp_uffd_missing(area);
	hp_fill(writer, 'f');
	hp_check_eq(hp_uffd_copy(uffd, area->addr, source->addr, area->size), EEXIST);
	hp_check_hugetlb(start, .free = -1);
	hp_check_filled(area, 'f');
	hp_unmap(area);
	hp_unmap(writer);
	close(fd);
	hp_check_hugetlb(start);
}

HP_SHARING_CASES(no_source, "EFAULT: a source that is not there")
{
	struct mapping it = mapped(sharing);
	struct hp_area *gone = hp_map_anon(it.area->size);

	hp_check_ok(munmap(gone->addr, gone->size));
	for (int i = 0; i < 3; i++)
		hp_check_eq(hp_uffd_copy(it.uffd, it.area->addr, gone->addr, it.area->size),
			    EFAULT);
	check_kept(&it);
}

HP_SHARING_CASES(far_source, "a source that must be faulted in costs one page all the same")
{
	struct mapping it = mapped(sharing);
	size_t base = hp_base_page_size();
	struct hp_area *far = hp_map_anon(it.area->size);
	struct hp_area first = {.addr = far->addr, .size = base, .page_size = base};

	/* All but the first bytes are in no page table yet. */
	hp_check_ok(madvise(far->addr, far->size, MADV_NOHUGEPAGE));
	hp_fill(&first, 'f');
	hp_check_eq(hp_uffd_copy(it.uffd, it.area->addr, far->addr, far->size), 0);
	hp_check_hugetlb(it.start, .free = -1);
	first.addr = it.area->addr;
	hp_check_filled(&first, 'f');
	hp_check_zeros(it.area, base, it.area->size - base);
	hp_unmap(it.area);
	hp_check_hugetlb(it.start);
}

HP_SHARING_CASES(no_page, "ENOMEM: nothing reserved, and the pool is empty")
{
	struct mapping it;

	hp_pool_leave(0);
	it = mapped(sharing | MAP_NORESERVE);
	for (int i = 0; i < 3; i++)
		hp_check_eq(copy(&it), ENOMEM);
	hp_check_hugetlb(it.start);
	hp_unmap(it.area);
	hp_check_hugetlb(it.start);
}

HP_SHARING_CASES(no_reservation, "without a reservation it takes a free page")
{
	struct mapping it = mapped(sharing | MAP_NORESERVE);

	hp_check_hugetlb(it.start);
	hp_check_eq(copy(&it), 0);
	hp_check_hugetlb(it.start, .free = -1);
	hp_unmap(it.area);
	hp_check_hugetlb(it.start);
}

HP_SHARING_CASES(no_room, "no room for the bytes while they wait for their source")
{
	struct mapping it;
	struct hp_area *gone;
	int error;

	hp_pool_leave(1);
	it = mapped(sharing);
	gone = hp_map_anon(it.area->size);
	hp_check_ok(munmap(gone->addr, gone->size));
	/* The bytes are kept in a second page meanwhile, where there is none. */
	error = hp_uffd_copy(it.uffd, it.area->addr, gone->addr, it.area->size);
	hp_check(error == ENOMEM || error == EFAULT);
	hp_observed("a copy with no source and no second page", "%s",
		    error == ENOMEM ? "ENOMEM" : "EFAULT");
	check_kept(&it);
}

HP_CASE(beyond_the_end, "EFAULT: the file is shorter by now")
{
	struct hp_hugetlb start = hp_hugetlb();
	int fd = hp_hugetlb_file(), uffd;
	struct hp_area *area, *source;

	hp_check_ok(ftruncate(fd, (off_t)hp_page_size));
	area = hp_map_file(fd, 0, 1, MAP_SHARED);
	source = hp_uffd_source(area, 'u');
	uffd = hp_uffd_missing(area);
	hp_check_ok(ftruncate(fd, 0));
	hp_check_hugetlb(start);
	hp_check_eq(hp_uffd_copy(uffd, area->addr, source->addr, area->size), EFAULT);
	hp_check_hugetlb(start);
	hp_unmap(area);
	close(fd);
	hp_check_hugetlb(start);
}

HP_SHARING_CASES(closed, "nobody resolves: whoever waits takes the reserved page")
{
	struct mapping it = mapped(sharing);
	struct hp_visitor *visitor = hp_visit(it.area->addr, HP_WRITE);

	hp_uffd_wait(it.uffd, 5);
	hp_check_hugetlb(it.start, .rsvd = +1);
	close(it.uffd);
	hp_check_eq(hp_visit_end(visitor).signo, 0);
	hp_check_hugetlb(it.start, .free = -1);
	hp_unmap(it.area);
	hp_check_hugetlb(it.start);
}

HP_SHARING_CASES(poisoned, "a marker of a memory error costs no page")
{
	struct mapping it = mapped(sharing);

	close(it.uffd);
	it.uffd = hp_uffd(UFFD_FEATURE_POISON);
	hp_check_eq(hp_uffd_register(it.uffd, it.area->addr, it.area->size,
				     UFFDIO_REGISTER_MODE_MISSING),
		    0);
	hp_check_eq(hp_uffd_poison(it.uffd, it.area->addr, it.area->size), 0);
	hp_check_hugetlb(it.start, .rsvd = +1);
	hp_check_ok(madvise(it.area->addr, it.area->size, MADV_DONTNEED));
	check_kept(&it);
}

HP_PROGRAM(.summary = "a copy by userfaultfd takes the page that was reserved, or none",
	   .needs = HP_NEEDS("hugetlb:2", "thp"), .seconds = 40,
	   .source = "userfaultfd: hugetlbfs: fix reservation accounting of UFFDIO_COPY "
		     "(2021)")
