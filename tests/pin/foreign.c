// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * process_vm_readv and process_vm_writev reach another process's memory of every kind, at
 * the ends of a page and across unlike neighbours, and stop where it ends.
 */
#include "hugeproof.h"

#include <sys/uio.h>

#define BYTES ((size_t)64 * 1024)

struct other {
	struct hp_area *area;
	struct hp_barrier *turn;
	enum hp_memory memory;
	size_t offset; /* where it is written to */
	pid_t pid;
};

static char *written; /* what is written there */

static void wait_and_look(void *arg)
{
	const struct other *other = arg;

	hp_fill(other->area, 'o');
	hp_meet(other->turn);
	/* It is read and written from outside. */
	hp_meet(other->turn);
	hp_check_eq(memcmp(other->area->addr + other->offset, written, BYTES), 0);
	hp_check_filled_around(other->area, other->offset, BYTES, 'o');
}

static ssize_t transfer(const struct other *other, void *here, size_t offset, size_t bytes,
			bool write)
{
	struct iovec local = {here, bytes}, remote = {other->area->addr + offset, bytes};

	return write ? process_vm_writev(other->pid, &local, 1, &remote, 1, 0)
		     : process_vm_readv(other->pid, &local, 1, &remote, 1, 0);
}

static void start(struct other *other)
{
	other->turn = hp_barrier(2);
	written = malloc(BYTES);
	hp_require(written, "no memory");
	for (size_t i = 0; i < BYTES; i++)
		written[i] = (char)hp_disk_byte(i);
	other->pid = hp_fork(wait_and_look, other);
	hp_meet(other->turn);
}

static void end(struct other *other)
{
	hp_check_eq(transfer(other, written, other->offset, BYTES, true), BYTES);
	hp_meet(other->turn);
	hp_wait_ok(other->pid);
}

/* What is read there is the other's pattern. */
static void check_read(const struct other *other, size_t offset, size_t bytes)
{
	static uint64_t words[BYTES / 8];

	hp_check_eq(transfer(other, words, offset, bytes, false), bytes);
	for (size_t i = 0; i < bytes / 8; i++)
		hp_check_eq(words[i], hp_pattern(other->area, offset + 8 * i, 'o'));
}

HP_MEMORY_CASES(reaches,
		"the beginning, the middle and the end are read, the middle written")
{
	struct other other = {.area = hp_map_memory(memory, hp_thp_size())};

	other.offset = other.area->size / 2 - BYTES / 2;
	start(&other);
	for (size_t n = 0; n < 3; n++)
		check_read(&other, n * (other.area->size - BYTES) / 2, BYTES);
	check_read(&other, other.area->size / 2 + 24, BYTES);
	end(&other);
	/* Private memory the writer has not changed for itself. */
	if (memory == HP_MEMORY_TMPFS)
		hp_check_eq(memcmp(other.area->addr + other.offset, written, BYTES), 0);
	else
		hp_check_zeros(other.area, 0, other.area->size);
}

HP_CASE(neighbours, "across from each kind of page to the next")
{
	for (size_t edge = 1; edge < HP_MEMORIES; edge++) {
		struct other other = {.area = hp_map_neighbours()};

		hp_step("edge %zu", edge);
		other.offset = edge * hp_thp_size() - BYTES / 2;
		start(&other);
		check_read(&other, edge * hp_thp_size() - BYTES / 2, BYTES);
		end(&other);
		hp_check_ok(munmap(other.area->addr, other.area->size));
	}
}

static void wait_with_hole(void *arg)
{
	struct other *other = arg;

	hp_fill(other->area, 'o');
	hp_check_ok(
		munmap(other->area->addr + other->area->size / 2, other->area->size / 2));
	hp_meet(other->turn);
	hp_meet(other->turn);
}

HP_MEMORY_CASES(ends_at_hole, "what runs into unmapped memory is done so far")
{
	struct other other = {.area = hp_map_memory(memory, 2 * hp_thp_size()),
			      .turn = hp_barrier(2)};
	static char here[BYTES];
	size_t edge = other.area->size / 2;

	other.pid = hp_fork(wait_with_hole, &other);
	hp_meet(other.turn);
	check_read(&other, edge - BYTES, BYTES);
	hp_check_eq(transfer(&other, here, edge - BYTES / 2, BYTES, false), BYTES / 2);
	hp_check_errno(transfer(&other, here, edge, 8, false), EFAULT);
	hp_check_errno(transfer(&other, here, edge, 8, true), EFAULT);
	hp_meet(other.turn);
	hp_wait_ok(other.pid);
}

HP_PROGRAM(.summary =
		   "another process's memory is read and written, of whatever pages it is",
	   .page_sizes = HP_PMD_SIZE, .needs = HP_NEEDS("hugetlb:4", "thp", "root"),
	   .source = "process_vm_readv(2)")
