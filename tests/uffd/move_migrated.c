// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * UFFDIO_MOVE of pages that migrate meanwhile: each page has moved or stayed, and the
 * number of bytes that the call returns matches the pages that moved.
 */
#include "hugeproof.h"

#include <stdatomic.h>

#define ROUNDS       100
#define SECONDS      5 /* or until then */
#define BYTES        ((size_t)16 << 20)
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

/* Pages that are in memory or in swap. */
static long held_kb(const struct hp_area *area)
{
	struct hp_smaps smaps = hp_area_smaps(area);

	return smaps.rss + smaps.swap;
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
		long held, counted;

		if (error)
			hp_check_eq(error, EAGAIN);
		hp_check(call.done > 0);
		done += (size_t)call.done;
		held = held_kb(to);
		counted = (long)(done / 1024);
		/* A page was counted that has not moved, or has moved uncounted. */
		hp_check(held >= counted);
		hp_check_eq(held, counted);
	}
}

static struct hp_area *base_pages(void)
{
	return hp_map_base_pages(BYTES / hp_base_size);
}

static void check_counted(void *(*migrate)(void *migrator))
{
	struct hp_area *from = base_pages(), *to = base_pages();
	int uffd = hp_uffd_for(to, UFFDIO_REGISTER_MODE_MISSING, UFFD_FEATURE_MOVE);
	struct migrator migrator = {.from = from};
	pthread_t thread = hp_thread(migrate, &migrator);
	int64_t end = hp_deadline_ns(SECONDS);
	int rounds = 0;

	while (rounds++ < ROUNDS && hp_now_ns() < end) {
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
	hp_observed("rounds", "%d", rounds - 1);
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
