// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Pinned pages that their mapping or their file gives up stay with who pinned them: what
 * comes in their place is another page, and they are given back with the pin.
 */
#include "hugeproof.h"

struct pinned {
	struct hp_area *area;
	struct hp_ring *ring;
	uint64_t *at; /* a word in the middle */
};

static struct pinned pin(struct hp_area *area)
{
	struct pinned pinned = {area, hp_ring(),
				(uint64_t *)(area->addr + area->size / 2 + 24)};

	hp_fill(area, 'p');
	hp_check_eq(hp_ring_pin(pinned.ring, area->addr, area->size), 0);
	return pinned;
}

static struct pinned pin_memory(enum hp_memory memory)
{
	struct hp_area *area = hp_map_memory(memory, hp_thp_size());

	hp_populate(memory, area);
	return pin(area);
}

/* The device has the page as it was, and can write to it. */
static void check_device_has(const struct pinned *pinned)
{
	uint64_t word = 0, mine = 77;

	hp_step("the device reads and writes what it has pinned");
	hp_check_eq(hp_ring_load(pinned->ring, (uint64_t *[]){pinned->at}, &word, 1), 0);
	hp_check_eq(word,
		    hp_pattern(pinned->area,
			       (size_t)((char *)pinned->at - pinned->area->addr), 'p'));
	hp_check_eq(hp_ring_store(pinned->ring, (uint64_t *[]){pinned->at}, &mine, 1), 0);
	hp_check_eq(hp_ring_load(pinned->ring, (uint64_t *[]){pinned->at}, &word, 1), 0);
	hp_check_eq(word, 77);
}

static void let_go(const struct pinned *pinned)
{
	hp_check_eq(hp_ring_unpin(pinned->ring), 0);
	hp_ring_close(pinned->ring);
}

HP_MEMORY_CASES(unmapped, "munmap: new memory in its place is not the device's")
{
	struct pinned pinned = pin_memory(memory);
	struct hp_area *area = pinned.area;

	hp_check_ok(munmap(area->addr, area->size));
	check_device_has(&pinned);
	hp_check_eq(mmap(area->addr, area->size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
			 0) == area->addr,
		    true);
	hp_check_zeros(area, 0, area->size);
	check_device_has(&(struct pinned){area, pinned.ring, pinned.at + 1});
	hp_check_zeros(area, 0, area->size);
	let_go(&pinned);
}

HP_MEMORY_CASES(dropped, "MADV_DONTNEED: private memory is new, shared memory the same")
{
	struct pinned pinned = pin_memory(memory);
	struct hp_area *area = pinned.area;
	size_t offset = (size_t)((char *)pinned.at - area->addr);

	hp_check_ok(madvise(area->addr, area->size, MADV_DONTNEED));
	if (memory == HP_MEMORY_TMPFS) {
		check_device_has(&pinned);
		hp_check_eq(*pinned.at, 77);
		hp_check_filled_around(area, offset, 8, 'p');
	} else {
		hp_check_zeros(area, 0, area->size);
		check_device_has(&pinned);
		hp_check_zeros(area, 0, area->size);
	}
	let_go(&pinned);
}

HP_MEMORY_CASES(moved, "mremap: the device's bytes are seen at the new address")
{
	struct pinned pinned = pin_memory(memory);
	struct hp_area *area = pinned.area, *place = hp_map_memory(memory, area->size);
	struct hp_area there = *area;
	size_t offset = (size_t)((char *)pinned.at - area->addr);

	there.addr = place->addr;
	hp_check_ok(mremap(area->addr, area->size, area->size,
			   MREMAP_MAYMOVE | MREMAP_FIXED, place->addr));
	hp_check_filled(&there, 'p');
	check_device_has(&pinned);
	hp_check_eq(*(uint64_t *)(there.addr + offset), 77);
	hp_check_filled_around(&there, offset, 8, 'p');
	let_go(&pinned);
}

/* A file loses the page, by `lose`, and has none until it is touched again. */
static void lost(int fd, struct hp_area *area, void (*lose)(int fd, off_t size))
{
	struct pinned pinned = pin(area);

	lose(fd, (off_t)area->size);
	check_device_has(&pinned);
	hp_check_zeros(area, 0, area->size);
	check_device_has(&(struct pinned){area, pinned.ring, pinned.at + 1});
	hp_check_zeros(area, 0, area->size);
	let_go(&pinned);
}

static void truncate_file(int fd, off_t size)
{
	hp_check_ok(ftruncate(fd, 0));
	hp_check_ok(ftruncate(fd, size));
}

static void punch_file(int fd, off_t size)
{
	hp_check_ok(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, size));
}

static void lost_tmpfs(void (*lose)(int fd, off_t size))
{
	int fd = hp_shmem_file(1);
	struct hp_area *area = hp_map_shmem(fd, 1, MAP_SHARED);

	hp_populate(HP_MEMORY_TMPFS, area);
	lost(fd, area, lose);
}

static void lost_hugetlb(void (*lose)(int fd, off_t size))
{
	struct hp_hugetlb start = hp_hugetlb();
	int fd = hp_hugetlb_file();
	struct hp_area *area;

	hp_check_ok(ftruncate(fd, (off_t)hp_page_size));
	area = hp_map_file(fd, 0, 1, MAP_SHARED);
	lost(fd, area, lose);
	hp_check_hugetlb(start, .free = -1);
}

HP_CASE(truncated_tmpfs, "truncate: huge tmpfs")
{
	lost_tmpfs(truncate_file);
}

HP_CASE(truncated_hugetlb, "truncate: hugetlb")
{
	lost_hugetlb(truncate_file);
}

HP_CASE(punched_tmpfs, "a hole: huge tmpfs")
{
	lost_tmpfs(punch_file);
}

HP_CASE(punched_hugetlb, "a hole: hugetlb")
{
	lost_hugetlb(punch_file);
}

static void used_until_let_go(int flags)
{
	struct hp_hugetlb start = hp_hugetlb();
	struct pinned pinned = pin(hp_map_hugetlb(1, flags));

	hp_check_hugetlb(start, .free = -1);
	hp_check_ok(munmap(pinned.area->addr, pinned.area->size));
	hp_check_hugetlb(start, .free = -1);
	check_device_has(&pinned);
	let_go(&pinned);
	hp_check_hugetlb(start, .free = 0);
}

HP_CASE(counted_shared, "hugetlb: a page that nobody maps is used until it is let go")
{
	used_until_let_go(MAP_SHARED);
}

HP_CASE(counted_private, "the same of a private mapping")
{
	used_until_let_go(MAP_PRIVATE);
}

HP_PROGRAM(.summary = "pinned pages outlive their mapping and their file",
	   .needs = HP_NEEDS("hugetlb:2", "thp", "root", "pagemap"),
	   .source = "Documentation/core-api/pin_user_pages.rst; io_uring_register(2)")
