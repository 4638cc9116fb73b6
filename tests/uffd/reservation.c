// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * UFFDIO_COPY into a hugetlb mapping uses the page that the mapping has reserved, once. A
 * copy that fails, for whatever reason, takes no page, and the reservation remains.
 */
#include "hugeproof.h"

struct mapping {
	struct hp_hugetlb_counts start; /* the pool before the area was mapped */
	struct hp_area *area, *source;
	int uffd;
};

static void prepare(struct mapping *it)
{
	it->source = hp_uffd_source(it->area, 'u');
	it->uffd = hp_uffd_missing(it->area);
}

static struct mapping mapped(int flags)
{
	struct mapping it = {.start = hp_hugetlb()};

	it.area = hp_map_hugetlb(1, flags);
	prepare(&it);
	return it;
}

/* The same for a file of one page. */
static struct mapping mapped_file(int *fd)
{
	struct mapping it = {.start = hp_hugetlb()};

	*fd = hp_hugetlb_file();
	hp_resize_file(*fd, 1);
	it.area = hp_map_file(*fd, 0, 1, MAP_SHARED);
	prepare(&it);
	return it;
}

static int copy(const struct mapping *it)
{
	return hp_uffd_copy(it->uffd, it->area->addr, it->source->addr, it->area->size);
}

/* Copies from memory that is not mapped. */
static int copy_nothing(const struct mapping *it)
{
	struct hp_area *gone = hp_map_anon(it->area->size);

	hp_check_ok(munmap(gone->addr, gone->size));
	return hp_uffd_copy(it->uffd, it->area->addr, gone->addr, gone->size);
}

/* Unmapping frees the pages that the mapping has taken. */
static void check_given_back(const struct mapping *it, int pages)
{
	hp_check_hugetlb(it->start, .free = -pages);
	hp_unmap(it->area);
	hp_check_hugetlb(it->start);
}

/* No page was taken: a copy finds the reserved page. */
static void check_kept(struct mapping *it)
{
	hp_check_hugetlb(it->start, .rsvd = +1);
	hp_check_eq(copy(it), 0);
	hp_check_filled(it->area, 'u');
	check_given_back(it, 1);
}

HP_CASES(copied, "UFFDIO_COPY uses the reserved hugetlb page and no other", hp_sharings,
	 way)
{
	struct mapping it;

	hp_pool_leave(1);
	it = mapped(way->flag);
	check_kept(&it);
}

HP_CASES(exists,
	 "a second UFFDIO_COPY of a hugetlb page fails with EEXIST and takes no page",
	 hp_sharings, way)
{
	struct mapping it = mapped(way->flag);

	hp_check_eq(copy(&it), 0);
	for (int i = 0; i < 3; i++)
		hp_check_eq(copy(&it), EEXIST);
	check_given_back(&it, 1);
}

HP_CASE(exists_in_file,
	"UFFDIO_COPY onto a page of a hugetlb file fails with EEXIST and takes none")
{
	int fd;
	struct mapping it = mapped_file(&fd);
	struct hp_area *writer = hp_map_file(fd, 0, 1, MAP_SHARED);

	hp_fill(writer, 'f');
	hp_check_eq(copy(&it), EEXIST);
	hp_check_hugetlb(it.start, .free = -1);
	hp_check_filled(it.area, 'f');
	hp_unmap(it.area);
	hp_unmap(writer);
	close(fd);
	hp_check_hugetlb(it.start);
}

HP_CASES(no_source,
	 "UFFDIO_COPY of hugetlb from unmapped memory fails with EFAULT and takes no page",
	 hp_sharings, way)
{
	struct mapping it = mapped(way->flag);

	for (int i = 0; i < 3; i++)
		hp_check_eq(copy_nothing(&it), EFAULT);
	check_kept(&it);
}

HP_CASES(far_source,
	 "UFFDIO_COPY of hugetlb whose source must be faulted in takes one page",
	 hp_sharings, way)
{
	struct mapping it = mapped(way->flag);
	struct hp_area *far = hp_map_anon(it.area->size);

	/* Only the first base page is present. */
	hp_check_ok(madvise(far->addr, far->size, MADV_NOHUGEPAGE));
	hp_fill(hp_part(far, 0, hp_base_size), 'f');
	hp_check_eq(hp_uffd_copy(it.uffd, it.area->addr, far->addr, far->size), 0);
	hp_check_hugetlb(it.start, .free = -1);
	hp_check_filled(hp_part(it.area, 0, hp_base_size), 'f');
	hp_check_zeros(hp_part(it.area, hp_base_size, it.area->size - hp_base_size));
	hp_unmap(it.area);
	hp_check_hugetlb(it.start);
}

HP_CASES(no_page,
	 "UFFDIO_COPY of hugetlb without a reservation or free page fails with ENOMEM",
	 hp_sharings, way)
{
	struct mapping it;

	hp_pool_leave(0);
	it = mapped(way->flag | MAP_NORESERVE);
	for (int i = 0; i < 3; i++)
		hp_check_eq(copy(&it), ENOMEM);
	check_given_back(&it, 0);
}

HP_CASES(no_reservation, "UFFDIO_COPY of hugetlb without a reservation takes a free page",
	 hp_sharings, way)
{
	struct mapping it = mapped(way->flag | MAP_NORESERVE);

	hp_check_hugetlb(it.start);
	hp_check_eq(copy(&it), 0);
	check_given_back(&it, 1);
}

HP_CASES(no_room, "a failed UFFDIO_COPY keeps the reservation when the pool has one page",
	 hp_sharings, way)
{
	struct mapping it;
	int error;

	hp_pool_leave(1);
	it = mapped(way->flag);
	/* The kernel may need a second page to hold the data, and there is none. */
	error = copy_nothing(&it);
	hp_check(error == ENOMEM || error == EFAULT);
	hp_observed("a copy with no source and no second page", "%s",
		    error == ENOMEM ? "ENOMEM" : "EFAULT");
	check_kept(&it);
}

HP_CASE(beyond_the_end, "UFFDIO_COPY beyond the end of a hugetlb file fails with EFAULT")
{
	int fd;
	struct mapping it = mapped_file(&fd);

	hp_check_ok(ftruncate(fd, 0));
	hp_check_hugetlb(it.start);
	hp_check_eq(copy(&it), EFAULT);
	hp_check_hugetlb(it.start);
	hp_unmap(it.area);
	close(fd);
	hp_check_hugetlb(it.start);
}

HP_CASES(closed,
	 "closing the userfaultfd lets a waiting access take the reserved hugetlb page",
	 hp_sharings, way)
{
	struct mapping it = mapped(way->flag);
	struct hp_faulting_thread *thread = hp_fault_in_thread(it.area->addr, HP_WRITE);

	hp_uffd_wait(it.uffd, 5);
	hp_check_hugetlb(it.start, .rsvd = +1);
	close(it.uffd);
	hp_check_goes_on(thread);
	check_given_back(&it, 1);
}

HP_CASES(poisoned, "UFFDIO_POISON of hugetlb takes no page", hp_sharings, way)
{
	struct mapping it = mapped(way->flag);

	close(it.uffd);
	it.uffd = hp_uffd_for(it.area, UFFDIO_REGISTER_MODE_MISSING, UFFD_FEATURE_POISON);
	hp_check_eq(hp_uffd_poison(it.uffd, it.area->addr, it.area->size), 0);
	hp_check_hugetlb(it.start, .rsvd = +1);
	hp_check_ok(madvise(it.area->addr, it.area->size, MADV_DONTNEED));
	check_kept(&it);
}

HP_PROGRAM(.summary =
		   "UFFDIO_COPY takes the hugetlb page that its mapping reserved, or none",
	   .needs = HP_NEEDS("hugetlb:2", "thp"), .seconds = 40,
	   .sources = HP_SOURCES(
		   {"commit", "d84cf06e3dd8",
		    "mm, hugetlb: fix simple resv_huge_pages underflow on UFFDIO_COPY"}))
