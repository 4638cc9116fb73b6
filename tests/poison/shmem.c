// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A bad base page of a huge page of shmem is lost for every mapping and for read(2),
 * which says EIO and never gives zeros, until the file gives it up.
 */
#include "hugeproof.h"

static size_t base, bad;

struct file {
	int fd;
	struct hp_area *area;
	struct hp_barrier *turn;
};

static struct file filled_file(void)
{
	struct file file = {hp_shmem_file(1), NULL, NULL};

	file.area = hp_map_shmem(file.fd, 1, MAP_SHARED);
	base = hp_base_page_size();
	bad = file.area->size / 2 + 3 * base;
	hp_fill(file.area, 's');
	hp_require_huge(file.area);
	return file;
}

HP_CASE(mapped, "through the mapping: SIGBUS for the base page, and the rest is there")
{
	struct hp_memory_failures failures = hp_memory_failures();
	struct file file = filled_file();
	uint64_t frame = hp_frame(file.area->addr + bad);
	struct hp_fault told;
	int log = hp_log();

	/* The split that comes first may have unmapped it: then nobody has it just now. */
	told = hp_poison(file.area->addr + bad);
	hp_observed("madvise of a huge shmem page", told.signo ? "signals" : "is silent");
	if (told.signo)
		hp_check_told(told, BUS_MCEERR_AR, file.area->addr + bad, base);
	hp_check_recovery(log, frame, "dirty LRU page", "Recovered");
	hp_check_failures(failures, .corrupted_kb = (long)(base / 1024), .total = 1,
			  .recovered = 1);
	hp_check_filled_around(file.area, bad, base, 's');
	hp_check_poisoned(file.area->addr + bad, HP_READ, base);
	hp_check_poisoned(file.area->addr + bad, HP_WRITE, base);
}

static void look_in_own_mapping(void *arg)
{
	const struct file *file = arg;
	struct hp_area *own = hp_map_shmem(file->fd, 1, MAP_SHARED);

	hp_check_filled(own, 's');
	hp_meet(file->turn);
	hp_meet(file->turn);
	hp_check_filled_around(own, bad, base, 's');
	hp_check_poisoned(own->addr + bad, HP_READ, base);
}

HP_CASE(other_process, "a process that maps the file elsewhere meets the same")
{
	struct file file = filled_file();
	pid_t other;

	file.turn = hp_barrier(2);
	other = hp_fork(look_in_own_mapping, &file);
	hp_meet(file.turn);
	hp_poison(file.area->addr + bad);
	hp_meet(file.turn);
	hp_wait_ok(other);
}

HP_CASE(mapped_later, "a mapping made afterwards meets it too")
{
	struct file file = filled_file();
	struct hp_area *later;

	hp_poison(file.area->addr + bad);
	hp_check_ok(munmap(file.area->addr, file.area->size));
	later = hp_map_shmem(file.fd, 1, MAP_SHARED);
	hp_check_filled_around(later, bad, base, 's');
	hp_check_poisoned(later->addr + bad, HP_READ, base);
}

HP_CASE(read_and_write, "read and write of the base page are EIO, around it they work")
{
	struct file file = filled_file();
	char *buf = hp_shared(2 * base);

	hp_poison(file.area->addr + bad);
	hp_check_errno(pread(file.fd, buf, base, (off_t)bad), EIO);
	hp_check_errno(pread(file.fd, buf, 1, (off_t)(bad + base - 1)), EIO);
	hp_check_errno(pwrite(file.fd, buf, 1, (off_t)bad), EIO);
	hp_check_eq(pread(file.fd, buf, 2 * base, (off_t)(bad - base)), base);
	hp_check_eq(memcmp(buf, file.area->addr + bad - base, base), 0);
	hp_check_eq(pread(file.fd, buf, base, (off_t)(bad + base)), base);
	hp_check_eq(memcmp(buf, file.area->addr + bad + base, base), 0);
}

HP_CASE(given_up, "truncation gives the bad page up; its place is zero afterwards")
{
	struct file file = filled_file();
	char byte = 1;

	hp_poison(file.area->addr + bad);
	hp_check_ok(ftruncate(file.fd, (off_t)bad));
	hp_check_ok(ftruncate(file.fd, (off_t)file.area->size));
	hp_check_eq(pread(file.fd, &byte, 1, (off_t)bad), 1);
	hp_check_eq(byte, 0);
	hp_check_access(file.area->addr + bad, HP_WRITE);
}

HP_PROGRAM(.summary = "a bad page of shmem is an error for all, and never zeros",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("memory-failure", "pagemap", "thp"), .poisons = true,
	   .source = "mm: shmem: don't truncate page if memory failure happens (2021)")
