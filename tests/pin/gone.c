// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Pinned pages that are unmapped or removed from their file stay with the device that
 * pinned them: new pages take their place, and the old ones are freed when they are
 * unpinned.
 */
#include "hugeproof.h"

struct pinned {
	struct hp_area *area;
	struct hp_ring *ring;
	uint64_t *at; /* a word in the middle */
};

static struct pinned pin(struct hp_area *area)
{
	struct pinned pinned = {area, hp_ring_open(),
				(uint64_t *)(area->addr + area->size / 2 + 24)};

	hp_check_eq(hp_ring_pin(pinned.ring, area->addr, area->size), 0);
	return pinned;
}

static struct pinned pin_memory(enum hp_memory memory)
{
	return pin(hp_map_filled(memory, hp_pmd_size, 'p'));
}

/* The device reads the old contents, and can write to them. */
static void check_device_has(const struct pinned *pinned)
{
	uint64_t word = 0, mine = 77;

	hp_step("the device reads and writes the pages it has pinned");
	hp_check_eq(hp_ring_load(pinned->ring, (uint64_t *[]){pinned->at}, &word, 1), 0);
	hp_check_eq(word,
		    hp_pattern(pinned->area,
			       (size_t)((char *)pinned->at - pinned->area->addr), 'p'));
	hp_check_eq(hp_ring_store(pinned->ring, (uint64_t *[]){pinned->at}, &mine, 1), 0);
	hp_check_eq(hp_ring_load(pinned->ring, (uint64_t *[]){pinned->at}, &word, 1), 0);
	hp_check_eq(word, 77);
}

/* The area reads as zeros, and what the device writes does not appear in it. */
static void check_other_page(const struct pinned *pinned)
{
	hp_check_zeros(pinned->area);
	check_device_has(pinned);
	hp_check_zeros(pinned->area);
}

HP_CASES(unmapped,
	 "after munmap the device keeps the pinned pages, and a new mapping has others",
	 hp_memory_kinds, kind)
{
	struct pinned pinned = pin_memory(kind->memory);
	struct hp_area *area = pinned.area;

	hp_check_ok(munmap(area->addr, area->size));
	check_device_has(&pinned);
	hp_check_eq(mmap(area->addr, area->size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
			 0) == area->addr,
		    true);
	pinned.at++;
	check_other_page(&pinned);
	hp_ring_release(pinned.ring);
}

HP_CASES(dropped, "MADV_DONTNEED replaces pinned private pages and keeps shared ones",
	 hp_memory_kinds, kind)
{
	struct pinned pinned = pin_memory(kind->memory);
	struct hp_area *area = pinned.area;
	size_t offset = (size_t)((char *)pinned.at - area->addr);

	hp_check_ok(madvise(area->addr, area->size, MADV_DONTNEED));
	if (kind->memory == HP_MEMORY_TMPFS) {
		check_device_has(&pinned);
		hp_check_eq(*pinned.at, 77);
		hp_check_filled_around(area, hp_part(area, offset, 8), 'p');
	} else {
		check_other_page(&pinned);
	}
	hp_ring_release(pinned.ring);
}

HP_CASES(moved,
	 "after mremap what the device writes to pinned pages appears at the new address",
	 hp_memory_kinds, kind)
{
	struct pinned pinned = pin_memory(kind->memory);
	struct hp_area *area = pinned.area,
		       *place = hp_map_memory(kind->memory, area->size);
	struct hp_area there = hp_area_at(place->addr, area->size, area->page_size);
	size_t offset = (size_t)((char *)pinned.at - area->addr);

	hp_check_ok(mremap(area->addr, area->size, area->size,
			   MREMAP_MAYMOVE | MREMAP_FIXED, place->addr));
	hp_check_filled(&there, 'p');
	check_device_has(&pinned);
	hp_check_eq(*(uint64_t *)(there.addr + offset), 77);
	hp_check_filled_around(&there, hp_part(&there, offset, 8), 'p');
	hp_ring_release(pinned.ring);
}

/* The pinned page is removed from the file, and a touch brings in a new one. */
static void lost(int fd, struct hp_area *area, void (*lose)(int fd, off_t size))
{
	struct pinned pinned;

	hp_fill(area, 'p');
	pinned = pin(area);
	lose(fd, (off_t)area->size);
	check_device_has(&pinned);
	pinned.at++;
	check_other_page(&pinned);
	hp_ring_release(pinned.ring);
}

static void truncate_file(int fd, off_t size)
{
	hp_check_ok(ftruncate(fd, 0));
	hp_check_ok(ftruncate(fd, size));
}

static void punch_file(int fd, off_t size)
{
	hp_check_ok(hp_punch(fd, 0, size));
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
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fd = hp_hugetlb_file();

	hp_resize_file(fd, 1);
	lost(fd, hp_map_file(fd, 0, 1, MAP_SHARED), lose);
	hp_check_hugetlb(start, .free = -1);
}

static const struct loss {
	struct hp_variant variant;
	void (*lose)(int fd, off_t size);
} losses[] = {
	{{"truncated", "truncation"}, truncate_file},
	{{"punched", "hole punching"}, punch_file},
};

static const struct owner {
	struct hp_variant variant;
	void (*lost_of)(void (*lose)(int fd, off_t size));
} owners[] = {
	{{"tmpfs", "a file of huge tmpfs"}, lost_tmpfs},
	{{"hugetlb", "a hugetlb file"}, lost_hugetlb},
};

HP_CASE_OF_PAIRS(lost_by_file, NULL, "the device keeps a pinned page after %s", losses,
		 loss, owners, owner)
{
	owner->lost_of(loss->lose);
}

HP_CASES(counted, "an unmapped hugetlb page is not free until it is unpinned", hp_sharings,
	 way)
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area = hp_filled_hugetlb(1, way->flag, 'p');
	struct pinned pinned;

	pinned = pin(area);
	hp_check_hugetlb(start, .free = -1);
	hp_check_ok(munmap(pinned.area->addr, pinned.area->size));
	hp_check_hugetlb(start, .free = -1);
	check_device_has(&pinned);
	hp_ring_release(pinned.ring);
	hp_check_hugetlb(start, .free = 0);
}

HP_PROGRAM(.summary = "pinned pages outlive their mapping and their place in a file",
	   .needs = HP_NEEDS("hugetlb:2", "thp", "root", "pagemap"),
	   .sources = HP_SOURCES({"doc", "Documentation/core-api/pin_user_pages.rst"},
				 {"man", "io_uring_register(2)"}))
