// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Idle page tracking: a page that was marked idle in the bitmap stays so until it is used,
 * by whichever process or page table entry, or until its beginning is read by a system
 * call, also when it migrates. Reclaim does not notice that somebody tracks pages.
 */
#include "hugeproof.h"

#include <fcntl.h>

#define BITMAP "/sys/kernel/mm/page_idle/bitmap"
/* An unaligned base page. */
#define AT (hp_pmd_size / 4 + 3 * hp_base_size)

/* The frame of a folio that has the flag: a folio may be migrated at any time. */
static uint64_t frame_of(const char *addr)
{
	struct hp_folio folio = hp_folio_at(addr);

	if (!folio.pages && hp_swapped_out() > 0)
		hp_short_of(hp_base_size,
			    "memory is short: reclaim took the page away, and "
			    "%ld pages were swapped out since the case began",
			    hp_swapped_out());
	hp_require(folio.pages, "the page is not there");
	return folio.head;
}

static void use_bitmap(uint64_t frame, uint64_t *word, bool write)
{
	int fd;
	off_t at = (off_t)(frame / 64 * sizeof(*word));

	fd = open(BITMAP, (write ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
	if (fd < 0)
		hp_skip_case("needs " BITMAP " (CONFIG_IDLE_PAGE_TRACKING): %s",
			     strerror(errno));
	hp_check_eq(write ? pwrite(fd, word, sizeof(*word), at)
			  : pread(fd, word, sizeof(*word), at),
		    sizeof(*word));
	close(fd);
}

static bool is_idle(const char *addr)
{
	uint64_t frame, word;

	do {
		frame = frame_of(addr);
		use_bitmap(frame, &word, false);
	} while (frame_of(addr) != frame);
	return word >> frame % 64 & 1;
}

/*
 * Accessed bits are cleared without a flush of the TLB. A page that somebody has isolated
 * or locked is passed over.
 */
static bool mark_idle(const char *addr)
{
	uint64_t frame = frame_of(addr), word = 1ULL << frame % 64;

	use_bitmap(frame, &word, true);
	hp_empty_tlb();
	return is_idle(addr);
}

/*
 * Checks that a use ends idleness. Reclaim (multi-generational LRU) may clear the accessed
 * bit that the use has set, and another process may mark the page, but not each time.
 */
#define check_ends_idleness(addr, use)                                                     \
	hp_eventually(mark_idle(addr) && ((use), !is_idle(addr)), 2)

static void read_byte(const char *addr)
{
	(void)*(const volatile char *)addr;
}

static void read_beginning(int fd)
{
	char byte;

	hp_check_eq(pread(fd, &byte, 1, 0), 1);
}

static void write_byte(char *addr)
{
	*(volatile char *)addr = *addr;
}

static struct hp_area *filled(const struct hp_memory_kind *kind)
{
	struct hp_area *area;

	hp_khugepaged_calm();
	area = hp_map_filled(kind->memory, hp_pmd_size, 'i');
	hp_drain_lru();
	return area;
}

/* Base pages are tracked one by one, huge pages as a whole. */
static char *tracked(const struct hp_area *area)
{
	return area->addr + AT;
}

HP_CASES(used, "a page that was marked idle is not idle once it is read or written",
	 hp_swappable_kinds, kind)
{
	struct hp_area *area = filled(kind);
	char *addr = tracked(area);

	for (int i = 0; i < 3; i++) {
		check_ends_idleness(addr, read_byte(addr));
		check_ends_idleness(addr, write_byte(addr));
	}
	hp_check_filled(area, 'i');
}

HP_CASES(last_part, "a page is not idle once its last byte has been read",
	 hp_swappable_kinds, kind)
{
	struct hp_area *area = filled(kind);
	char *end = area->addr + area->page_size - 1;

	check_ends_idleness(end, read_byte(end));
}

HP_CASES(mapping_split, "a page that PTEs map is not idle once it has been read",
	 hp_swappable_kinds, kind)
{
	struct hp_area *area = filled(kind);
	char *addr = tracked(area) + hp_base_size;

	/* The page is not the first one of either mapping. */
	hp_check_ok(mprotect(area->addr, AT, PROT_READ));
	hp_check_filled(area, 'i');
	check_ends_idleness(addr, read_byte(addr));
}

HP_CASES(used_by_child, "a page is not idle once a child of its process has read it",
	 hp_swappable_kinds, kind)
{
	struct hp_area *area = filled(kind);
	char *addr = tracked(area);

	hp_in_child() {
		/* The child maps pages of a file only now. */
		hp_check_filled(area, 'i');
		check_ends_idleness(addr, read_byte(addr));
	}
}

/* The frame is another one afterwards. */
static bool idle_elsewhere(char *addr)
{
	int node = hp_node_of(addr), other = hp_node(node == hp_node(0));

	if (!mark_idle(addr))
		return false;
	hp_check_eq(hp_move_to_node(addr, other), other);
	return is_idle(addr);
}

/* Something may use the page in between, but not each time. */
HP_CASES(migrated, "a page that was marked idle is idle after it has migrated",
	 hp_swappable_kinds, kind)
{
	struct hp_area *area;

	hp_case_needs("nodes:2");
	hp_case_needs("cap:sys_nice");
	area = filled(kind);
	hp_eventually(idle_elsewhere(tracked(area)), 2);
	hp_check_filled(area, 'i');
}

HP_CASES(referenced_stays, "marking a page idle does not take Referenced from smaps",
	 hp_anonymous_kinds, kind)
{
	struct hp_area *area = filled(kind);
	long kb = (long)(area->size / 1024);

	/* Reclaim (multi-generational LRU) may clear accessed bits at any time. */
	hp_eventually((hp_empty_tlb(), hp_fill(area, 'i'), mark_idle(tracked(area))) &&
			      hp_area_smaps(area).referenced == kb,
		      2);
}

HP_CASE(read_by_call,
	"a huge page of a file is not idle once pread() has read its beginning")
{
	struct hp_shmem *shmem = hp_shmem_new(HP_MEMFD, 1);
	struct hp_area *area = hp_map_huge_shmem(shmem, hp_pmd_size, 'i');

	hp_drain_lru();
	check_ends_idleness(area->addr, read_beginning(shmem->fd));
}

HP_PROGRAM(.summary = "idle page tracking sees every use of a huge page",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "root", "pagemap"),
	   .sources = HP_SOURCES(
		   {"doc", "Documentation/admin-guide/mm/idle_page_tracking.rst"},
		   {"commit", "33c3fc71c8cf", "mm: introduce idle page tracking"}))
