// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * vmsplice puts memory itself into a pipe: who reads the pipe gets its bytes, the pages
 * stay while the pipe has them, and are given back when it is empty.
 */
#include "hugeproof.h"

#include <sys/uio.h>

struct hose {
	int read, write;
};

static struct hose hose(void)
{
	struct hose hose;
	int fds[2];

	hp_check_ok(pipe2(fds, O_CLOEXEC | O_NONBLOCK));
	hose = (struct hose){fds[0], fds[1]};
	return hose;
}

/* How much goes in at once: a pipe has 16 places, a page in each. */
static size_t portion(void)
{
	return 16 * hp_base_page_size();
}

static void put(const struct hose *hose, char *at, size_t bytes)
{
	struct iovec range = {at, bytes};

	hp_check_eq(vmsplice(hose->write, &range, 1, 0), bytes);
}

/* What comes out is the pattern of the area at this place. */
static void check_out(const struct hose *hose, const struct hp_area *area, size_t offset,
		      size_t bytes, char tag)
{
	uint64_t *words = malloc(bytes);

	hp_require(words, "no memory");
	hp_check_eq(read(hose->read, words, bytes), bytes);
	for (size_t i = 0; i < bytes / 8; i++)
		hp_check_eq(words[i], hp_pattern(area, offset + 8 * i, tag));
	free(words);
}

HP_MEMORY_CASES(through, "bytes from the beginning, the middle and the end")
{
	struct hose pipe_line = hose();
	struct hp_area *area = hp_map_memory(memory, hp_thp_size());

	hp_populate(memory, area);
	hp_fill(area, 'v');
	for (size_t n = 0; n < 3; n++) {
		size_t offset = n * (area->size - portion()) / 2;

		put(&pipe_line, area->addr + offset, portion());
		check_out(&pipe_line, area, offset, portion(), 'v');
	}
}

HP_MEMORY_CASES(unmapped, "the memory is unmapped while the pipe has it")
{
	struct hose pipe_line = hose();
	struct hp_area *area = hp_map_memory(memory, hp_thp_size());

	hp_populate(memory, area);
	hp_fill(area, 'v');
	put(&pipe_line, area->addr, portion());
	hp_check_ok(munmap(area->addr, area->size));
	check_out(&pipe_line, area, 0, portion(), 'v');
}

HP_CASE(neighbours, "across from each kind of page to the next")
{
	struct hose pipe_line = hose();
	struct hp_area *area = hp_map_neighbours();

	hp_fill(area, 'v');
	for (size_t edge = hp_thp_size(); edge < area->size; edge += hp_thp_size()) {
		hp_step("the edge at %zu kB", edge / 1024);
		put(&pipe_line, area->addr + edge - portion() / 2, portion());
		check_out(&pipe_line, area, edge - portion() / 2, portion(), 'v');
	}
}

HP_CASE(counted, "hugetlb: a page in a pipe is used until it is read, or the pipe closed")
{
	struct hp_hugetlb start = hp_hugetlb();

	for (int by_close = 0; by_close < 2; by_close++) {
		struct hose pipe_line = hose();
		struct hp_area *area = hp_map_hugetlb(1, MAP_SHARED);

		hp_fill(area, 'v');
		put(&pipe_line, area->addr, hp_base_page_size());
		hp_check_ok(munmap(area->addr, area->size));
		hp_check_hugetlb(start, .free = -1);
		if (by_close) {
			close(pipe_line.read);
			close(pipe_line.write);
		} else {
			check_out(&pipe_line, area, 0, hp_base_page_size(), 'v');
		}
		hp_check_hugetlb(start, .free = 0);
	}
}

HP_PROGRAM(.summary = "memory goes through a pipe without being copied, and comes back",
	   .page_sizes = HP_PMD_SIZE,
	   .needs = HP_NEEDS("hugetlb:2", "thp", "root", "pagemap"),
	   .source = "vmsplice(2)")
