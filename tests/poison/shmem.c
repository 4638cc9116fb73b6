// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A poisoned base page of a shmem huge page is an error for every mapping and for read(2),
 * which fails with EIO and never returns zeros, until truncation removes it from the file.
 */
#include "hugeproof.h"

/* The poisoned base page: neither the first of its huge page nor the last. */
#define BAD (hp_pmd_size / 2 + 3 * hp_base_size)

struct file {
	int fd;
	struct hp_area *area;
};

static struct file filled_file(void)
{
	struct file file = {hp_shmem_file(1), NULL};

	file.area = hp_map_shmem(file.fd, 1, MAP_SHARED);
	hp_fill(file.area, 's');
	hp_require_huge(file.area);
	return file;
}

HP_CASE(mapped,
	"a poisoned shmem page gives SIGBUS, and the rest of its huge page is intact")
{
	struct hp_memory_failure_counts failures = hp_memory_failures();
	struct file file = filled_file();
	uint64_t frame = hp_pfn(file.area->addr + BAD);
	struct hp_fault fault;
	int log = hp_log();

	/* The split may have unmapped the page beforehand: then no process maps it. */
	fault = hp_poison(file.area->addr + BAD);
	hp_observed("madvise of a huge shmem page", fault.signo ? "signals" : "is silent");
	if (fault.signo)
		hp_check_mce_signal(fault, BUS_MCEERR_AR, file.area->addr + BAD,
				    hp_base_size);
	hp_check_recovery(log, frame, "dirty LRU page", "Recovered");
	hp_check_failures(failures, .corrupted_kb = hp_base_kb(), .total = 1,
			  .recovered = 1);
	hp_check_filled_around(file.area, hp_part(file.area, BAD, hp_base_size), 's');
	hp_check_poisoned(file.area->addr + BAD, HP_READ, hp_base_size);
	hp_check_poisoned(file.area->addr + BAD, HP_WRITE, hp_base_size);
}

static struct hp_area *own; /* of a child */

static void map_it(void *file)
{
	own = hp_map_shmem(((struct file *)file)->fd, 1, MAP_SHARED);
	hp_check_filled(own, 's');
}

static void meet_error(void *file)
{
	(void)file;
	hp_check_filled_around(own, hp_part(own, BAD, hp_base_size), 's');
	hp_check_poisoned(own->addr + BAD, HP_READ, hp_base_size);
}

HP_CASE(other_process,
	"another process gets SIGBUS for a poisoned shmem page in its own mapping")
{
	struct file file = filled_file();
	struct hp_paused *other = hp_fork_paused(map_it, meet_error, &file);

	hp_poison(file.area->addr + BAD);
	hp_resume_ok(other);
}

HP_CASE(mapped_later, "a mapping of shmem made after the memory error gives SIGBUS as well")
{
	struct file file = filled_file();
	struct hp_area *later;

	hp_poison(file.area->addr + BAD);
	hp_check_ok(munmap(file.area->addr, file.area->size));
	later = hp_map_shmem(file.fd, 1, MAP_SHARED);
	hp_check_filled_around(later, hp_part(later, BAD, hp_base_size), 's');
	hp_check_poisoned(later->addr + BAD, HP_READ, hp_base_size);
}

HP_CASE(read_and_write,
	"read and write of a poisoned shmem page fail with EIO, and work around it")
{
	struct file file = filled_file();
	char *buf = hp_shared(2 * hp_base_size);

	hp_poison(file.area->addr + BAD);
	hp_check_errno(pread(file.fd, buf, hp_base_size, (off_t)BAD), EIO);
	hp_check_errno(pread(file.fd, buf, 1, (off_t)(BAD + hp_base_size - 1)), EIO);
	hp_check_errno(pwrite(file.fd, buf, 1, (off_t)BAD), EIO);
	hp_check_eq(pread(file.fd, buf, 2 * hp_base_size, (off_t)(BAD - hp_base_size)),
		    hp_base_size);
	hp_check_eq(memcmp(buf, file.area->addr + BAD - hp_base_size, hp_base_size), 0);
	hp_check_eq(pread(file.fd, buf, hp_base_size, (off_t)(BAD + hp_base_size)),
		    hp_base_size);
	hp_check_eq(memcmp(buf, file.area->addr + BAD + hp_base_size, hp_base_size), 0);
}

HP_CASE(given_up,
	"truncation frees a poisoned shmem page, and the extended file reads as zeros")
{
	struct file file = filled_file();
	char byte = 1;

	hp_poison(file.area->addr + BAD);
	hp_check_ok(ftruncate(file.fd, (off_t)BAD));
	hp_check_ok(ftruncate(file.fd, (off_t)file.area->size));
	hp_check_eq(pread(file.fd, &byte, 1, (off_t)BAD), 1);
	hp_check_eq(byte, 0);
	hp_check_access(file.area->addr + BAD, HP_WRITE);
}

HP_PROGRAM(.summary = "a poisoned page of shmem gives errors, and never zeros",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("memory-failure", "pagemap", "thp"), .poisons = true,
	   .sources =
		   HP_SOURCES({"commit", "a76054266661",
			       "mm: shmem: don't truncate page if memory failure happens"}))
