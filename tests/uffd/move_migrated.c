// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * UFFDIO_MOVE of pages that migrate meanwhile: each page has moved or stayed, and the
 * number of bytes that the call returns matches the pages that moved.
 */
#include "hugeproof.h"

#include <stdatomic.h>

#define ROUNDS       100
#define HUGE_PAGES   8 /* as many as the base pages fill */
#define COMPACTION   "/proc/sys/vm/compact_memory"
#define MIGRATE_STEP 7

struct migrator {
	struct hp_area *from;
	atomic_bool over;
};

/* Migrates every few pages there and back: most of the time one is a migration entry. */
static void *to_nodes(void *arg)
{
	struct migrator *migrator = arg;
	int node = 0;

	while (!atomic_load(&migrator->over)) {
		for (size_t i = 0; i < hp_pages(migrator->from); i += MIGRATE_STEP)
			hp_move_to_node(hp_page(migrator->from, i), hp_node(node));
		node = !node;
	}
	return NULL;
}

static void *by_compaction(void *arg)
{
	struct migrator *migrator = arg;

	while (!atomic_load(&migrator->over))
		hp_write_text(COMPACTION, "1");
	return NULL;
}

/* Moves all pages, and repeats the call for the rest as long as it moves some. */
static void move_all(int uffd, const struct hp_area *to, const struct hp_area *from)
{
	size_t done = 0;

	while (done < to->size) {
		struct hp_uffd_request call = {.op = HP_UFFD_MOVE,
					       .addr = to->addr + done,
					       .from = from->addr + done,
					       .size = to->size - done};
		int error = hp_uffd_call(uffd, &call);

		if (error)
			hp_check_eq(error, EAGAIN);
		hp_check(call.done > 0);
		done += (size_t)call.done;
		/* A page beyond that number would have moved uncounted. */
		hp_check_eq(hp_area_smaps(to).rss, (long)(done / 1024));
	}
}

static struct hp_area *base_pages(void)
{
	struct hp_area *area = hp_map_memory(HP_MEMORY_BASE, HUGE_PAGES * hp_pmd_size);

	area->page_size = hp_base_size;
	return area;
}

static void check_counted(void *(*migrate)(void *migrator))
{
	struct hp_area *from = base_pages(), *to = base_pages();
	int uffd = hp_uffd_for(to, UFFDIO_REGISTER_MODE_MISSING, UFFD_FEATURE_MOVE);
	struct migrator migrator = {.from = from};
	pthread_t thread = hp_thread(migrate, &migrator);

	for (int round = 0; round < ROUNDS; round++) {
		/*
		 * Compaction ignores pages that it has migrated already, so that each round
		 * needs new ones.
		 */
		hp_fill(from, 'm');
		move_all(uffd, to, from);
		hp_check_filled(to, 'm');
		hp_check_ok(madvise(to->addr, to->size, MADV_DONTNEED));
	}
	atomic_store(&migrator.over, true);
	hp_join(thread);
}

HP_CASE(nodes,
	"UFFDIO_MOVE returns the bytes it has moved while move_pages migrates the pages")
{
	hp_case_needs("nodes:2");
	check_counted(to_nodes);
}

HP_CASE(compacted, "UFFDIO_MOVE returns the bytes it has moved while memory is compacted")
{
	if (access(COMPACTION, W_OK))
		hp_skip_case("needs " COMPACTION " (CONFIG_COMPACTION): run it in the lab");
	check_counted(by_compaction);
}

HP_PROGRAM(.summary = "UFFDIO_MOVE of migrating pages returns the bytes it has moved",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "root"), .seconds = 30,
	   .sources = HP_SOURCES({"commit", "adef440691ba",
				  "userfaultfd: UFFDIO_MOVE uABI"}))
