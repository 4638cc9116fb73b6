// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A sealed memfd of hugetlb pages refuses what its seals forbid and nothing else; refused
 * operations change neither the file nor the pool.
 */
#include "hugeproof.h"

static const int read_write = PROT_READ | PROT_WRITE;

/* Maps a memfd of one page that allows sealing, filled with 's'. */
static struct hp_area *sealable(int *fd)
{
	unsigned int flags = MFD_HUGETLB | MFD_ALLOW_SEALING;
	struct hp_area *area;

	*fd = hp_check_ok(memfd_create("sealed", flags | hp_size_flag(hp_page_size)));
	area = hp_map_file(*fd, 0, 1, MAP_SHARED);
	hp_fill(area, 's');
	return area;
}

static void check_size(int fd, size_t pages)
{
	struct stat status;

	hp_check_ok(fstat(fd, &status));
	hp_check_eq(status.st_size, pages * hp_page_size);
}

static void *try_map(int fd, size_t pages, int prot, int flags)
{
	return mmap(NULL, pages * hp_page_size, prot, flags, fd, 0);
}

HP_CASE(shrink, "F_SEAL_SHRINK of hugetlb forbids truncation, but neither holes nor growth")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fd;
	struct hp_area *area = sealable(&fd);

	hp_check_ok(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK));
	hp_check_errno(ftruncate(fd, 0), EPERM);
	check_size(fd, 1);
	hp_check_filled(area, 's');
	hp_check_hugetlb(start, .free = -1);
	hp_check_ok(hp_punch(fd, 0, hp_page_size));
	hp_check_hugetlb(start);
	hp_resize_file(fd, 2);
}

HP_CASE(grow, "F_SEAL_GROW of hugetlb forbids ftruncate and fallocate beyond the end")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	const off_t page = (off_t)hp_page_size;
	int fd;
	struct hp_area *area = sealable(&fd);

	hp_check_ok(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
	hp_check_errno(ftruncate(fd, 2 * page), EPERM);
	hp_check_errno(fallocate(fd, 0, 0, 2 * page), EPERM);
	hp_check_errno(fallocate(fd, FALLOC_FL_KEEP_SIZE, page, page), EPERM);
	check_size(fd, 1);
	hp_check_hugetlb(start, .free = -1);
	hp_check_ok(fallocate(fd, 0, 0, page));
	hp_check_filled(area, 's');
	hp_check_ok(ftruncate(fd, 0));
	hp_check_errno(ftruncate(fd, page), EPERM);
	hp_check_hugetlb(start);
}

HP_CASE(grow_by_mapping, "F_SEAL_GROW of hugetlb keeps mmap from extending the file")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	void *addr;
	int fd;
	struct hp_area *area = sealable(&fd);

	hp_check_ok(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
	/* Without the seal mmap of hugetlbfs extends the file. */
	addr = try_map(fd, 2, read_write, MAP_SHARED);
	hp_observed("a mapping beyond the end", addr == MAP_FAILED ? "refused" : "works");
	check_size(fd, 1);
	hp_check_filled(area, 's');
	hp_check_hugetlb(start, .free = -1, .rsvd = addr == MAP_FAILED ? 0 : +1);
}

static void check_unwritable(int fd)
{
	hp_check_errno(hp_punch(fd, 0, hp_page_size), EPERM);
	hp_check_errno(hp_punch(fd, 8, 8), EPERM);
	hp_check_errno(try_map(fd, 1, read_write, MAP_SHARED), EPERM);
	check_size(fd, 1);
}

/* Maps the file shared and read-only, which F_SEAL_WRITE forbade before Linux 6.7. */
static void check_read_only(int fd, char tag)
{
	struct hp_area view;
	void *addr = try_map(fd, 1, PROT_READ, MAP_SHARED);

	hp_observed("a shared read-only mapping", addr == MAP_FAILED ? "refused" : "works");
	if (addr == MAP_FAILED) {
		hp_check_eq(errno, EPERM);
		return;
	}
	view = hp_area_at(addr, hp_page_size, hp_page_size);
	hp_check_filled(&view, tag);
	hp_check_errno(mprotect(addr, hp_page_size, read_write), EACCES);
	hp_check_fault(&view, addr, HP_WRITE, SIGSEGV, SEGV_ACCERR);
	hp_check_ok(munmap(addr, hp_page_size));
}

HP_CASE(no_write,
	"F_SEAL_WRITE of hugetlb is EBUSY while mapped writable, then forbids writes")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fd;
	struct hp_area *area = sealable(&fd), *own;

	hp_check_errno(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
	hp_protect(area, PROT_READ);
	hp_check_errno(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
	hp_check_eq(fcntl(fd, F_GET_SEALS), 0);
	hp_unmap(area);
	hp_check_ok(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	check_unwritable(fd);
	hp_check_hugetlb(start, .free = -1);
	check_read_only(fd, 's');
	own = hp_map_file(fd, 0, 1, MAP_PRIVATE);
	hp_check_filled(own, 's');
	hp_fill(own, 'p');
	hp_check_hugetlb(start, .free = -2);
	hp_unmap(own);
	check_read_only(fd, 's');
	hp_check_ok(close(fd));
	hp_check_hugetlb(start);
}

HP_CASE(future_write, "F_SEAL_FUTURE_WRITE of hugetlb forbids new writable mappings only")
{
	int fd;
	struct hp_area *area = sealable(&fd);

	hp_check_ok(fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE));
	check_unwritable(fd);
	hp_check_filled(area, 's');
	hp_fill(area, 'f');
	check_read_only(fd, 'f');
	hp_protect(area, PROT_READ);
	hp_protect(area, read_write);
	hp_fill(area, 'g');
	check_unwritable(fd);
}

HP_CASE(pinned, "F_SEAL_WRITE of hugetlb is EBUSY while a page is pinned, mapped or not")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fd;
	struct hp_area *area = sealable(&fd), *again;
	struct hp_ring *ring = hp_ring_open();

	hp_check_eq(hp_ring_pin(ring, area->addr + 3 * hp_base_size, hp_base_size), 0);
	hp_unmap(area);
	hp_check_errno(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
	hp_check_eq(fcntl(fd, F_GET_SEALS), 0);
	again = hp_map_file(fd, 0, 1, MAP_SHARED);
	hp_fill(again, 't');
	hp_check_eq(hp_ring_unpin(ring), 0);
	hp_ring_close(ring);
	hp_check_errno(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
	hp_unmap(again);
	hp_check_ok(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	check_unwritable(fd);
	hp_check_hugetlb(start, .free = -1);
}

HP_PROGRAM(.summary = "a sealed memfd of hugetlb pages refuses what its seals forbid",
	   .needs = HP_NEEDS("hugetlb:2"),
	   .sources = HP_SOURCES({"man", "fcntl(2)", "File Sealing"},
				 {"man", "memfd_create(2)"}))
