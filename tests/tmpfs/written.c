// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What was written through a PMD mapping of a file is in the file, whatever happens to the
 * mapping before the pages are swapped out: later mappings and reads see it.
 */
#include "hugeproof.h"

/* A part of the area: some base pages, not aligned to huge pages. */
#define AT    (hp_pmd_size / 4 + 3 * hp_base_size)
#define BYTES (9 * hp_base_size)

struct file {
	int fd;
	struct hp_area *area; /* PMD-mapped, zero-filled by reading */
};

/* The page is clean, so that only the CPU marks it dirty, in the PMD. */
static struct file read_in(void)
{
	struct file file;

	hp_khugepaged_calm();
	file.fd = hp_shmem_file(1);
	file.area = hp_map_shmem(file.fd, 1, MAP_SHARED);
	hp_check_zeros(file.area);
	hp_require_huge(file.area);
	return file;
}

static void unmap(struct file *file)
{
	hp_check_ok(munmap(file->area->addr, file->area->size));
}

static void drop(struct file *file)
{
	hp_check_ok(madvise(file->area->addr, file->area->size, MADV_DONTNEED));
}

static void map_over(struct file *file)
{
	hp_check_ok(mmap(file->area->addr, file->area->size, PROT_READ,
			 MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

static void protect_part(struct file *file)
{
	hp_check_ok(mprotect(file->area->addr + AT, BYTES, PROT_READ));
	unmap(file);
}

static void unmap_part(struct file *file)
{
	hp_check_ok(munmap(file->area->addr + AT, BYTES));
	unmap(file);
}

static void move_part(struct file *file)
{
	struct hp_area *to = hp_map_anon(hp_pmd_size);

	hp_check_ok(mremap(file->area->addr + AT, BYTES, BYTES,
			   MREMAP_MAYMOVE | MREMAP_FIXED, to->addr));
	hp_check_ok(munmap(to->addr, to->size));
	unmap(file);
}

static void move_all(struct file *file)
{
	struct hp_area *to = hp_map_anon(hp_pmd_size);

	hp_check_ok(mremap(file->area->addr, file->area->size, file->area->size,
			   MREMAP_MAYMOVE | MREMAP_FIXED, to->addr));
	hp_check_ok(munmap(to->addr, to->size));
}

static void split_folio(struct file *file)
{
	hp_split_folios(file->area->addr, file->area->size, 0);
	unmap(file);
}

static void forbid(struct file *file)
{
	hp_protect(file->area, PROT_NONE);
	unmap(file);
}

static void push_out(struct file *file)
{
	hp_page_out(file->area);
}

static void push_out_part(struct file *file)
{
	hp_page_out(hp_part(file->area, AT, BYTES));
	unmap(file);
}

static void migrate(struct file *file)
{
	int node = hp_node_of(file->area->addr), other = hp_node(node == hp_node(0));

	hp_check_eq(hp_move_to_node(file->area->addr, other), other);
	unmap(file);
}

static void two_nodes(void)
{
	hp_case_needs("nodes:2");
}

static const struct way {
	struct hp_variant variant;
	void (*ends)(struct file *file);
	void (*need)(void);
} ways[] = {
	{{"dontneed", "MADV_DONTNEED"}, drop, NULL},
	{{"mapped_over", "MAP_FIXED"}, map_over, NULL},
	{{"migrated", "migration and munmap"}, migrate, two_nodes},
	{{"mremap", "mremap and munmap"}, move_all, NULL},
	{{"mremap_part", "mremap of a part and munmap"}, move_part, NULL},
	{{"munmap", "munmap"}, unmap, NULL},
	{{"munmap_part", "munmap of a part, then of the rest"}, unmap_part, NULL},
	{{"pageout", "MADV_PAGEOUT"}, push_out, NULL},
	{{"pageout_part", "MADV_PAGEOUT of a part, and munmap"}, push_out_part, NULL},
	{{"protect_part", "mprotect of a part and munmap"}, protect_part, NULL},
	{{"prot_none", "PROT_NONE and munmap"}, forbid, NULL},
	{{"split", "a split of the huge page, and munmap"}, split_folio, NULL},
};

static void check_file(const struct file *file)
{
	struct hp_area *other = hp_map_shmem(file->fd, 1, MAP_SHARED);
	struct hp_area *copy = hp_map_anon(other->size);

	hp_need_advice(MADV_POPULATE_READ, "MADV_POPULATE_READ (Linux 5.14)");
	hp_step("another mapping swaps it out and reads it");
	hp_check_ok(madvise(other->addr, other->size, MADV_POPULATE_READ));
	hp_page_out(other);
	hp_check_filled(other, 'w');
	hp_page_out(other);
	hp_step("read() of the file");
	hp_check_eq(pread(file->fd, copy->addr, copy->size, 0), copy->size);
	hp_check_filled(copy, 'w');
}

HP_CASES(kept, "a write to PMD-mapped shmem reaches the file before %s", ways, way)
{
	struct file file;

	hp_case_needs("swap");
	if (way->need)
		way->need();
	file = read_in();
	hp_fill(file.area, 'w');
	way->ends(&file);
	check_file(&file);
}

static void write_and_go(void *arg)
{
	hp_fill(((struct file *)arg)->area, 'w');
}

HP_CASE(kept_exit,
	"a write through a PMD mapping of shmem reaches the file before the process exits")
{
	struct file file;

	hp_case_needs("swap");
	file = read_in();
	hp_wait_ok(hp_fork(write_and_go, &file));
	unmap(&file);
	check_file(&file);
}

HP_CASE(kept_written_anew,
	"writes to shmem reach the file again after swap-in and after a collapse")
{
	struct file file;

	hp_case_needs("swap");
	file = read_in();
	hp_fill(file.area, 'v');
	hp_page_out(file.area);
	hp_check_filled(file.area, 'v');
	hp_fill(file.area, 'x');
	hp_page_out(file.area);
	hp_check_filled(file.area, 'x');
	hp_check_eq(hp_collapse(file.area), 0);
	hp_fill(file.area, 'w');
	unmap(&file);
	check_file(&file);
}

HP_PROGRAM(.summary = "a write through a PMD mapping of shmem reaches the file",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "root", "pagemap"),
	   .sources = HP_SOURCES({"man", "mmap(2)", "MAP_SHARED"},
				 {"code", "mm/huge_memory.c",
				  "zap_huge_pmd(), __split_huge_pmd_locked()"}))
