// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Memory that an unprivileged user pins counts against RLIMIT_MEMLOCK: each base page, and
 * all of a huge page however small the buffer is, until it is unpinned.
 */
#include "hugeproof.h"

#include <sys/resource.h>

struct user {
	enum hp_memory memory;
	size_t size;    /* of the buffer, in bytes */
	size_t charged; /* bytes charged for it; 0: one page of that memory */
};

static void limit_to(size_t bytes)
{
	struct rlimit locked;

	hp_check_ok(getrlimit(RLIMIT_MEMLOCK, &locked));
	if (bytes > locked.rlim_max)
		hp_skip_case("needs a hard limit of locked memory of %zu kB: raise it "
			     "(ulimit -H -l)",
			     bytes / 1024);
	locked.rlim_cur = bytes;
	hp_check_ok(setrlimit(RLIMIT_MEMLOCK, &locked));
}

/*
 * Becomes a user without other processes: pins are accounted per user, and a ring that was
 * closed may still be charged for a moment.
 */
static void become_unprivileged(void)
{
	uid_t user = 1000000 + (uid_t)getpid();

	hp_check_ok(setresuid(user, user, user));
}

/* Bytes charged for the ring itself: none, or since Linux 6.14 its own memory. */
static size_t of_ring(void)
{
	size_t *bytes = hp_shared(sizeof(*bytes)), before;

	/* Skips the case if there is no io_uring. */
	hp_ring_close(hp_ring_open());
	do {
		before = *bytes;
		hp_require(before < 1 << 20,
			   "a ring needs more than 1 MB of locked memory");
		hp_in_child() {
			char why[256];

			become_unprivileged();
			limit_to(*bytes);
			if (hp_ring_unmet(why, sizeof(why)))
				*bytes += hp_base_size;
		}
	} while (*bytes != before);
	hp_observed("charged for a ring", "%zu kB", *bytes / 1024);
	return *bytes;
}

/* If this process may raise it. */
static void raise_hard_limit(void)
{
	const struct rlimit locked = {RLIM_INFINITY, RLIM_INFINITY};

	setrlimit(RLIMIT_MEMLOCK, &locked);
}

static void pin_as_user(void *arg)
{
	const struct user *user = arg;
	size_t own = of_ring(), charged;
	struct hp_ring *ring, *second;
	/*
	 * Mapped in the child, because pinning memory that fork shares would copy it first.
	 */
	struct hp_area *area = hp_map_memory(user->memory, hp_pmd_size);

	hp_populate(user->memory, area);
	charged = user->charged ? user->charged : area->page_size;
	raise_hard_limit();
	become_unprivileged();
	hp_step("the limit is exactly enough");
	limit_to(2 * own + charged);
	ring = hp_ring_open();
	second = hp_ring_open();
	hp_check_eq(hp_ring_pin(ring, area->addr, user->size), 0);
	hp_step("another ring of the same user pins the same buffer");
	hp_check_eq(hp_ring_pin(second, area->addr, user->size), ENOMEM);
	hp_check_eq(hp_ring_unpin(ring), 0);
	hp_check_eq(hp_ring_pin(second, area->addr, user->size), 0);
	hp_check_eq(hp_ring_unpin(second), 0);
	hp_step("the limit is a page too low");
	limit_to(2 * own + charged - hp_base_size);
	hp_check_eq(hp_ring_pin(ring, area->addr, user->size), ENOMEM);
}

HP_CASE(base_pages, "pinning charges every base page of a buffer in full")
{
	struct user user = {HP_MEMORY_BASE, 15 * hp_base_size + 1, 16 * hp_base_size};

	hp_wait_ok(hp_fork(pin_as_user, &user));
}

HP_CASES(few_bytes, "pinning a few bytes charges the whole page", hp_memory_kinds, kind)
{
	struct user user = {kind->memory, 100, 0};

	hp_wait_ok(hp_fork(pin_as_user, &user));
}

static void pin_as_root(void *arg)
{
	const struct hp_area *area = arg;
	struct hp_ring *ring;

	limit_to(0);
	ring = hp_ring_open();
	hp_check_eq(hp_ring_pin(ring, area->addr, area->size), 0);
}

HP_CASE(privileged, "RLIMIT_MEMLOCK does not limit a process with CAP_IPC_LOCK")
{
	hp_case_needs("cap:ipc_lock");
	hp_wait_ok(hp_fork(pin_as_root, hp_map_base_pages(16)));
}

HP_PROGRAM(.summary = "pinned memory counts against RLIMIT_MEMLOCK",
	   .needs = HP_NEEDS("hugetlb:1", "thp", "root", "pagemap"),
	   .sources = HP_SOURCES({"man", "io_uring_register(2)", "IORING_REGISTER_BUFFERS"},
				 {"man", "setrlimit(2)"}))
