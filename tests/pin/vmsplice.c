// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * vmsplice puts pages of memory into a pipe without copying: a reader gets their contents,
 * and the pages are freed when the pipe no longer holds them.
 */
#include "hugeproof.h"

#include <sys/uio.h>

struct pipe_ends {
	int read, write;
};

static struct pipe_ends make_pipe(void)
{
	int fds[2];

	hp_check_ok(pipe2(fds, O_CLOEXEC | O_NONBLOCK));
	return (struct pipe_ends){fds[0], fds[1]};
}

/* The capacity of a pipe: 16 buffers of one base page each. */
static size_t portion(void)
{
	return 16 * hp_base_size;
}

static void put(const struct pipe_ends *pipe, char *at, size_t bytes)
{
	struct iovec range = {at, bytes};

	hp_check_eq(vmsplice(pipe->write, &range, 1, 0), bytes);
}

/* Reads the pipe and compares with the pattern of the area at this offset. */
static void check_out(const struct pipe_ends *pipe, const struct hp_area *area,
		      size_t offset, size_t bytes, char tag)
{
	uint64_t *words = malloc(bytes);

	hp_require(words, "no memory");
	hp_check_eq(read(pipe->read, words, bytes), bytes);
	for (size_t i = 0; i < bytes / 8; i++)
		hp_check_eq(words[i], hp_pattern(area, offset + 8 * i, tag));
	free(words);
}

HP_CASES(through, "vmsplice passes any part of a mapping through a pipe", hp_memory_kinds,
	 kind)
{
	struct pipe_ends pipe = make_pipe();
	struct hp_area *area = hp_map_filled(kind->memory, hp_pmd_size, 'v');

	for (size_t n = 0; n < 3; n++) {
		size_t offset = n * (area->size - portion()) / 2;

		put(&pipe, area->addr + offset, portion());
		check_out(&pipe, area, offset, portion(), 'v');
	}
}

HP_CASES(unmapped, "a pipe keeps the contents of spliced memory after munmap",
	 hp_memory_kinds, kind)
{
	struct pipe_ends pipe = make_pipe();
	struct hp_area *area = hp_map_filled(kind->memory, hp_pmd_size, 'v');

	put(&pipe, area->addr, portion());
	hp_check_ok(munmap(area->addr, area->size));
	check_out(&pipe, area, 0, portion(), 'v');
}

HP_CASE(neighbours, "vmsplice passes a range across two kinds of pages through a pipe")
{
	struct pipe_ends pipe = make_pipe();
	struct hp_area *area = hp_map_neighbours();

	hp_fill(area, 'v');
	for (size_t edge = hp_pmd_size; edge < area->size; edge += hp_pmd_size) {
		hp_step("the boundary at %zu kB", edge / 1024);
		put(&pipe, area->addr + edge - portion() / 2, portion());
		check_out(&pipe, area, edge - portion() / 2, portion(), 'v');
	}
}

HP_CASE(counted, "a spliced hugetlb page is not free until the pipe is read or closed")
{
	struct hp_hugetlb_counts start = hp_hugetlb();

	for (int by_close = 0; by_close < 2; by_close++) {
		struct pipe_ends pipe = make_pipe();
		struct hp_area *area = hp_filled_hugetlb(1, MAP_SHARED, 'v');

		put(&pipe, area->addr, hp_base_size);
		hp_check_ok(munmap(area->addr, area->size));
		hp_check_hugetlb(start, .free = -1);
		if (by_close) {
			close(pipe.read);
			close(pipe.write);
		} else {
			check_out(&pipe, area, 0, hp_base_size, 'v');
		}
		hp_check_hugetlb(start, .free = 0);
	}
}

HP_PROGRAM(.summary = "vmsplice passes memory through a pipe without a copy",
	   .page_sizes = HP_PMD_SIZE,
	   .needs = HP_NEEDS("hugetlb:2", "thp", "root", "pagemap"),
	   .sources = HP_SOURCES({"man", "vmsplice(2)"}))
