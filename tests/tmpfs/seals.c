// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A sealed memfd, of small or huge pages, refuses what its seals forbid and nothing else;
 * refused operations change nothing.
 */
#include "hugeproof.h"

static const struct kind {
	struct hp_variant variant;
	bool huge;
} kinds[] = {
	{{"small", "small pages"}, false},
	{{"huge", "huge pages"}, true},
};

static const int read_write = PROT_READ | PROT_WRITE;

/* Maps a memfd of two huge pages' size that allows sealing, filled with 's'. */
static struct hp_area *sealable(const struct kind *kind, int *fd)
{
	struct hp_shmem shmem = {.backing = HP_MEMFD, .size = 2 * hp_pmd_size};
	struct hp_area *area;

	hp_shmem_never();
	*fd = shmem.fd = hp_check_ok(memfd_create("sealed", MFD_ALLOW_SEALING));
	hp_check_ok(ftruncate(*fd, (off_t)shmem.size));
	area = hp_map_all_shmem(&shmem, MAP_SHARED);
	hp_fill(area, 's');
	if (kind->huge)
		hp_check_eq(hp_collapse(area), 0);
	return area;
}

/* Size and blocks of the file are unchanged. */
static void check_whole(int fd)
{
	struct stat status;

	hp_check_ok(fstat(fd, &status));
	hp_check_eq(status.st_size, 2 * hp_pmd_size);
	hp_check_eq(status.st_blocks * 512, 2 * hp_pmd_size);
}

static void *try_map(int fd, int prot, int flags)
{
	return mmap(NULL, 2 * hp_pmd_size, prot, flags, fd, 0);
}

HP_CASES(shrink, "F_SEAL_SHRINK forbids truncation, but neither holes nor growth", kinds,
	 kind)
{
	int fd;
	struct hp_area *area = sealable(kind, &fd);

	hp_check_ok(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK));
	hp_check_errno(ftruncate(fd, 0), EPERM);
	hp_check_errno(ftruncate(fd, (off_t)(2 * hp_pmd_size) - 1), EPERM);
	check_whole(fd);
	hp_check_filled(area, 's');
	hp_check_ok(hp_punch(fd, 0, hp_base_size));
	hp_check_zeros(hp_part(area, 0, hp_base_size));
	hp_check_ok(ftruncate(fd, (off_t)(3 * hp_pmd_size)));
}

HP_CASES(grow, "F_SEAL_GROW forbids writing, allocating and truncating beyond the end",
	 kinds, kind)
{
	const off_t end = (off_t)(2 * hp_pmd_size);
	int fd;
	struct hp_area *area = sealable(kind, &fd);

	hp_check_ok(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
	hp_check_errno(ftruncate(fd, end + 1), EPERM);
	hp_check_errno(fallocate(fd, 0, end - 8, 16), EPERM);
	hp_check_errno(fallocate(fd, FALLOC_FL_KEEP_SIZE, end, 8), EPERM);
	hp_check_errno(pwrite(fd, "grow", 4, end), EPERM);
	check_whole(fd);
	hp_check_filled(area, 's');
	hp_check_eq(pwrite(fd, area->addr + 8, 8, 8), 8);
	hp_check_ok(fallocate(fd, 0, 0, end));
	hp_check_ok(ftruncate(fd, end / 2));
	hp_check_errno(ftruncate(fd, end), EPERM);
}

/* Only existing mappings can write to the file. */
static void check_unwritable(int fd)
{
	hp_check_errno(pwrite(fd, "w", 1, 100), EPERM);
	hp_check_errno(hp_punch(fd, 0, hp_pmd_size), EPERM);
	hp_check_errno(hp_punch(fd, 8, 8), EPERM);
	hp_check_errno(try_map(fd, read_write, MAP_SHARED), EPERM);
	check_whole(fd);
}

/* Maps the file shared and read-only, which F_SEAL_WRITE forbade before Linux 6.7. */
static void check_read_only(int fd, char tag)
{
	struct hp_area view;
	void *addr = try_map(fd, PROT_READ, MAP_SHARED);

	hp_observed("a shared read-only mapping", addr == MAP_FAILED ? "refused" : "works");
	if (addr == MAP_FAILED) {
		hp_check_eq(errno, EPERM);
		return;
	}
	view = hp_area_at(addr, 2 * hp_pmd_size, hp_base_size);
	hp_check_filled(&view, tag);
	hp_check_errno(mprotect(addr, hp_base_size, read_write), EACCES);
	hp_check_fault(&view, addr, HP_WRITE, SIGSEGV, SEGV_ACCERR);
}

/* A private mapping can be written, and the file does not change. */
static void check_private(int fd, char tag)
{
	struct hp_area own = hp_area_at(hp_check_ok(try_map(fd, read_write, MAP_PRIVATE)),
					2 * hp_pmd_size, hp_base_size);
	uint64_t word;

	hp_check_filled(&own, tag);
	hp_fill(hp_nth_page(&own, 1), 'p');
	hp_check_eq(pread(fd, &word, sizeof(word), (off_t)hp_base_size), sizeof(word));
	hp_check_eq(word, hp_pattern(&own, hp_base_size, tag));
}

HP_CASES(no_write,
	 "F_SEAL_WRITE fails with EBUSY while mapped writable, then forbids every write",
	 kinds, kind)
{
	int fd;
	struct hp_area *area = sealable(kind, &fd);

	hp_check_errno(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
	/* A read-only mapping could become writable again. */
	hp_protect(area, PROT_READ);
	hp_check_errno(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
	hp_check_eq(fcntl(fd, F_GET_SEALS), 0);
	hp_unmap(area);
	hp_check_ok(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	hp_check_eq(fcntl(fd, F_GET_SEALS), F_SEAL_WRITE);
	check_unwritable(fd);
	check_read_only(fd, 's');
	check_private(fd, 's');
}

static void writes_by_inheritance(void *area)
{
	hp_fill(area, 'c');
}

HP_CASES(future_write,
	 "F_SEAL_FUTURE_WRITE forbids new writable mappings; existing ones can write",
	 kinds, kind)
{
	int fd;
	struct hp_area *area = sealable(kind, &fd);

	hp_check_ok(fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE));
	check_unwritable(fd);
	hp_check_filled(area, 's');
	hp_fill(area, 'f');
	check_read_only(fd, 'f');
	check_private(fd, 'f');
	hp_wait_ok(hp_fork(writes_by_inheritance, area));
	hp_check_filled(area, 'c');
	/* After mprotect it is still the same mapping. */
	hp_check_ok(mprotect(area->addr, area->size / 2, PROT_READ));
	hp_check_ok(mprotect(area->addr, area->size / 2, read_write));
	hp_fill(area, 'g');
	check_unwritable(fd);
}

HP_CASES(pinned, "F_SEAL_WRITE fails with EBUSY while a page is pinned, mapped or not",
	 kinds, kind)
{
	int fd;
	struct hp_area *area = sealable(kind, &fd);
	struct hp_ring *ring = hp_ring_open();
	const off_t end = (off_t)area->size;

	hp_check_eq(
		hp_ring_pin(ring, area->addr + hp_pmd_size + hp_base_size, hp_base_size),
		0);
	hp_unmap(area);
	hp_check_errno(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
	hp_check_eq(fcntl(fd, F_GET_SEALS), 0);
	/* A refused seal must not forbid writing. */
	hp_check_eq(pwrite(fd, "w", 1, end - 1), 1);
	hp_check_ok(munmap(hp_check_ok(try_map(fd, read_write, MAP_SHARED)), end));
	hp_check_eq(hp_ring_unpin(ring), 0);
	hp_ring_close(ring);
	hp_check_ok(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	check_unwritable(fd);
}

HP_CASES(seal, "F_SEAL_SEAL forbids further seals", kinds, kind)
{
	int fd;
	struct hp_area *area = sealable(kind, &fd);

	hp_check_ok(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL));
	hp_check_errno(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW), EPERM);
	hp_check_eq(fcntl(fd, F_GET_SEALS), F_SEAL_SHRINK | F_SEAL_SEAL);
	hp_check_ok(ftruncate(fd, (off_t)(3 * hp_pmd_size)));
	hp_fill(area, 't');
}

HP_PROGRAM(.summary = "a sealed memfd refuses what its seals forbid and nothing else",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("shmem-thp", "pagemap", "root"),
	   .sources = HP_SOURCES({"man", "fcntl(2)", "File Sealing"},
				 {"man", "memfd_create(2)"}))
