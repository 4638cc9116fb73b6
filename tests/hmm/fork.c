// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Processes fork and exit while their pages are in device memory: after a fork, parent and
 * child have separate copies, and exit, exec, munmap, mremap and MADV_DONTNEED leak
 * nothing.
 */
#include "hugeproof.h"

#define PAGES 64

/* Maps pages filled with 'f' and migrates them to device memory. */
static struct hp_area *sent(struct hp_device *device)
{
	return hp_map_on_device(device, PAGES, 'f');
}

static void reads(void *arg)
{
	struct hp_area *area = arg;

	hp_check_eq(hp_area_smaps(area).rss, area->size / 1024);
	hp_check_filled(area, 'f');
}

static void writes(void *arg)
{
	struct hp_area *area = arg;

	hp_check_writable(area, 'c');
}

HP_DEVICE_CASES(child_reads, "a child reads pages that were in device memory at the fork")
{
	struct hp_area *area = sent(device);

	hp_wait_ok(hp_fork(reads, area));
	hp_check_filled(area, 'f');
}

HP_DEVICE_CASES(child_writes,
		"the parent does not see a child's writes to pages of device memory")
{
	struct hp_area *area = sent(device);

	hp_wait_ok(hp_fork(writes, area));
	hp_check_filled(area, 'f');
	hp_check_writable(area, 'p');
}

static void keeps(void *area)
{
	hp_check_filled((struct hp_area *)area, 'f');
}

HP_DEVICE_CASES(parent_writes,
		"a child does not see the parent's later writes to pages of device memory")
{
	struct hp_area *area = sent(device);
	struct hp_paused *child = hp_fork_paused(NULL, keeps, area);

	hp_check_writable(area, 'p');
	hp_resume_ok(child);
	hp_check_filled(area, 'p');
}

HP_DEVICE_CASES(sent_again, "pages that fork shared migrate to the device again, and the "
			    "child keeps its contents")
{
	struct hp_area *area = sent(device), *copy = hp_copy_of(area);
	struct hp_paused *child = hp_fork_paused(NULL, keeps, area);

	hp_check_filled(area, 'f');
	hp_check_eq(hp_to_device(device, area->addr, PAGES, copy->addr),
		    device->kind == HP_DEVICE_COHERENT ? ENOENT : 0);
	hp_fill(area, 'p');
	hp_resume_ok(child);
	hp_check_filled(area, 'p');
}

static void execs(void *arg)
{
	(void)arg;
	execl("/bin/true", "true", NULL);
	hp_check(!"exec failed");
}

HP_DEVICE_CASES(exec, "a child execs while its pages are in device memory, and the "
		      "parent's contents stay")
{
	struct hp_area *area = sent(device);

	hp_check_eq(hp_wait(hp_fork(execs, NULL)).status, 0);
	hp_check_filled(area, 'f');
}

/* Each child opens a device of its own; only its exit frees the pages. */
HP_CASES(exits, "a process that exits with pages in device memory leaks none",
	 hp_device_memories, memory)
{
	for (int i = 0; i < 20; i++)
		hp_in_child() {
			sent(hp_device_open(memory->kind, 0));
		}
}

HP_DEVICE_CASES(unmapped,
		"munmap of part and then of all pages in device memory frees them")
{
	struct hp_area *area;
	long before, kb;

	/* This comes first because it touches memory, which changes the RSS. */
	hp_map_rest();
	area = sent(device);
	before = hp_rss_anon(0);
	kb = (long)(area->size / 1024);
	hp_check_ok(munmap(area->addr + area->size / 2, area->size / 2));
	hp_check_eq(hp_rss_anon(0) - before, -kb / 2);
	area->size /= 2;
	hp_check_in_device(device, area);
	hp_check_filled(area, 'f');
	hp_unmap(area);
	hp_check_eq(hp_rss_anon(0) - before, -kb);
}

HP_DEVICE_CASES(dontneed,
		"MADV_DONTNEED drops pages in device memory, and the next read sees zeros")
{
	struct hp_area *area = sent(device);

	hp_check_ok(madvise(area->addr, area->size, MADV_DONTNEED));
	hp_check_not_in_device(device, area);
	hp_check_eq(hp_area_smaps(area).rss, 0);
	hp_check_zeros(area);
}

HP_DEVICE_CASES(moved, "mremap moves pages in device memory with their contents")
{
	struct hp_area *area = sent(device), *to = hp_map_base_pages(PAGES);

	hp_check_ok(mremap(area->addr, area->size, area->size,
			   MREMAP_MAYMOVE | MREMAP_FIXED, to->addr));
	hp_check_eq(hp_pages_in_device(device, to->addr, PAGES), PAGES);
	hp_check_eq(hp_area_smaps(to).rss, to->size / 1024);
	hp_check_filled(to, 'f');
	hp_check_writable(to, 'm');
}

HP_PROGRAM(.summary = "fork, exec, exit, munmap and mremap work on pages in device memory",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("hmm", "thp", "root"),
	   .seconds = 30, .sources = HP_SOURCES({"doc", "Documentation/mm/hmm.rst"}))
