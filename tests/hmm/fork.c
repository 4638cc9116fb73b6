// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Processes come and go while their pages are on a device: after a fork each side has its
 * own bytes, and exit, exec, munmap, mremap and MADV_DONTNEED leave nothing behind.
 */
#include "hugeproof.h"

#define PAGES 64

static size_t base;

/* Pages with the pattern 'f', on the device. */
static struct hp_area *sent(struct hp_device *device)
{
	struct hp_area *area = hp_map_base_pages(PAGES);

	base = hp_base_page_size();
	hp_fill(area, 'f');
	hp_check_eq(hp_to_device(device, area->addr, PAGES, NULL), 0);
	hp_check_in_device(device, area);
	return area;
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

	hp_fill(area, 'c');
	hp_check_filled(area, 'c');
}

HP_DEVICE_CASES(child_reads, "a child reads what was on the device at the fork")
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area = sent(device);

	hp_wait_ok(hp_fork(reads, area));
	hp_check_filled(area, 'f');
}

HP_DEVICE_CASES(child_writes, "a child's writes stay its own")
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area = sent(device);

	hp_wait_ok(hp_fork(writes, area));
	hp_check_filled(area, 'f');
	hp_fill(area, 'p');
	hp_check_filled(area, 'p');
}

struct family {
	struct hp_area *area;
	struct hp_barrier *turn;
};

static void keeps(void *arg)
{
	const struct family *family = arg;

	hp_meet(family->turn);
	hp_meet(family->turn);
	hp_check_filled(family->area, 'f');
}

HP_DEVICE_CASES(parent_writes, "a parent's writes stay its own")
{
	struct hp_device *device = hp_device(kind, 0);
	struct family family = {sent(device), hp_barrier(2)};
	pid_t child = hp_fork(keeps, &family);

	hp_meet(family.turn);
	hp_fill(family.area, 'p');
	hp_meet(family.turn);
	hp_check_filled(family.area, 'p');
	hp_wait_ok(child);
}

HP_DEVICE_CASES(sent_again,
		"shared pages go to the device again, and the child has its own")
{
	struct hp_device *device = hp_device(kind, 0);
	struct family family = {sent(device), hp_barrier(2)};
	struct hp_area *copy = hp_copy_of(family.area);
	pid_t child = hp_fork(keeps, &family);

	hp_meet(family.turn);
	hp_check_filled(family.area, 'f');
	hp_check_eq(hp_to_device(device, family.area->addr, PAGES, copy->addr),
		    kind == HP_DEVICE_COHERENT ? ENOENT : 0);
	hp_fill(family.area, 'p');
	hp_meet(family.turn);
	hp_wait_ok(child);
	hp_check_filled(family.area, 'p');
}

static void execs(void *arg)
{
	(void)arg;
	execl("/bin/true", "true", NULL);
	hp_check(!"exec failed");
}

HP_DEVICE_CASES(exec, "exec with pages on the device")
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area = sent(device);

	hp_check_eq(hp_wait(hp_fork(execs, NULL)).status, 0);
	hp_check_filled(area, 'f');
}

/* A device of its own, and no end to what is on it but the exit. */
static void leaves_it_there(void *arg)
{
	const enum hp_device_kind *kind = arg;

	sent(hp_device(*kind, 0));
}

HP_DEVICE_CASES(exits, "processes that exit with pages on the device")
{
	for (int i = 0; i < 20; i++)
		hp_wait_ok(hp_fork(leaves_it_there, &kind));
}

HP_DEVICE_CASES(unmapped, "munmap gives back what is on the device, in part and whole")
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area;
	long before, kb;

	/* First, for it touches what is there. */
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

HP_DEVICE_CASES(dontneed, "MADV_DONTNEED drops what is on the device")
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area = sent(device);

	hp_check_ok(madvise(area->addr, area->size, MADV_DONTNEED));
	hp_check_not_in_device(device, area);
	hp_check_eq(hp_area_smaps(area).rss, 0);
	hp_check_zeros(area, 0, area->size);
}

HP_DEVICE_CASES(moved, "mremap moves what is on the device, with every byte")
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area = sent(device), *to = hp_map_base_pages(PAGES);

	hp_check_ok(mremap(area->addr, area->size, area->size,
			   MREMAP_MAYMOVE | MREMAP_FIXED, to->addr));
	hp_check_eq(hp_pages_in_device(device, to->addr, PAGES), PAGES);
	hp_check_eq(hp_area_smaps(to).rss, to->size / 1024);
	hp_check_filled(to, 'f');
	hp_fill(to, 'm');
	hp_check_filled(to, 'm');
}

HP_PROGRAM(.summary = "fork, exit, munmap and their like with pages on a device",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("hmm", "thp", "root"),
	   .seconds = 30, .source = "Documentation/mm/hmm.rst")
