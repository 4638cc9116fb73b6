// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * process_vm_readv and process_vm_writev access memory of every kind in another process, at
 * the ends of a page and across pages of different kinds, and stop at unmapped memory.
 */
#include "hugeproof.h"

#include <sys/uio.h>

#define BYTES ((size_t)64 * 1024)

struct other {
	struct hp_area *area;
	size_t offset; /* where process_vm_writev writes */
	struct hp_paused *process;
};

static char *written; /* what it writes */

static void fill(void *arg)
{
	hp_fill(((struct other *)arg)->area, 'o');
}

static void check_written(void *arg)
{
	const struct other *other = arg;

	hp_check_eq(memcmp(other->area->addr + other->offset, written, BYTES), 0);
	hp_check_filled_around(other->area, hp_part(other->area, other->offset, BYTES),
			       'o');
}

static ssize_t transfer(const struct other *other, void *here, size_t offset, size_t bytes,
			bool write)
{
	struct iovec local = {here, bytes}, remote = {other->area->addr + offset, bytes};

	return write ? process_vm_writev(hp_paused_pid(other->process), &local, 1, &remote,
					 1, 0)
		     : process_vm_readv(hp_paused_pid(other->process), &local, 1, &remote,
					1, 0);
}

static void start(struct other *other)
{
	written = malloc(BYTES);
	hp_require(written, "no memory");
	for (size_t i = 0; i < BYTES; i++)
		written[i] = (char)hp_disk_byte(i);
	other->process = hp_fork_paused(fill, check_written, other);
}

static void end(struct other *other)
{
	hp_check_eq(transfer(other, written, other->offset, BYTES, true), BYTES);
	hp_resume_ok(other->process);
}

/* Reads the range and compares it with the other process's pattern. */
static void check_read(const struct other *other, size_t offset, size_t bytes)
{
	static uint64_t words[BYTES / 8];

	hp_check_eq(transfer(other, words, offset, bytes, false), bytes);
	for (size_t i = 0; i < bytes / 8; i++)
		hp_check_eq(words[i], hp_pattern(other->area, offset + 8 * i, 'o'));
}

HP_CASES(reaches, "process_vm_readv and process_vm_writev reach all parts of a mapping",
	 hp_memory_kinds, kind)
{
	struct other other = {.area = hp_map_memory(kind->memory, hp_pmd_size)};

	other.offset = other.area->size / 2 - BYTES / 2;
	start(&other);
	for (size_t n = 0; n < 3; n++)
		check_read(&other, n * (other.area->size - BYTES) / 2, BYTES);
	check_read(&other, other.area->size / 2 + 24, BYTES);
	end(&other);
	/* The writer's own private memory is unchanged. */
	if (kind->memory == HP_MEMORY_TMPFS)
		hp_check_eq(memcmp(other.area->addr + other.offset, written, BYTES), 0);
	else
		hp_check_zeros(other.area);
}

HP_CASE(neighbours,
	"process_vm_readv and process_vm_writev cross from one kind of page to the next")
{
	for (size_t edge = 1; edge < HP_MEMORIES; edge++) {
		struct other other = {.area = hp_map_neighbours()};

		hp_step("boundary %zu", edge);
		other.offset = edge * hp_pmd_size - BYTES / 2;
		start(&other);
		check_read(&other, edge * hp_pmd_size - BYTES / 2, BYTES);
		end(&other);
		hp_check_ok(munmap(other.area->addr, other.area->size));
	}
}

static void fill_and_unmap(void *arg)
{
	const struct hp_area *area = ((struct other *)arg)->area;

	fill(arg);
	hp_check_ok(munmap(area->addr + area->size / 2, area->size / 2));
}

static void do_nothing(void *arg)
{
	(void)arg;
}

HP_CASES(ends_at_hole, "process_vm_readv and process_vm_writev stop at unmapped memory",
	 hp_memory_kinds, kind)
{
	struct other other = {.area = hp_map_memory(kind->memory, 2 * hp_pmd_size)};
	static char here[BYTES];
	size_t edge = other.area->size / 2;

	other.process = hp_fork_paused(fill_and_unmap, do_nothing, &other);
	check_read(&other, edge - BYTES, BYTES);
	hp_check_eq(transfer(&other, here, edge - BYTES / 2, BYTES, false), BYTES / 2);
	hp_check_errno(transfer(&other, here, edge, 8, false), EFAULT);
	hp_check_errno(transfer(&other, here, edge, 8, true), EFAULT);
	hp_resume_ok(other.process);
}

HP_PROGRAM(.summary = "process_vm_readv and process_vm_writev access memory of every kind",
	   .page_sizes = HP_PMD_SIZE, .needs = HP_NEEDS("hugetlb:4", "thp", "root"),
	   .sources = HP_SOURCES({"man", "process_vm_readv(2)"}))
