// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Memory that grows towards a huge page stops before it: the heap, the stack and a mapping
 * of base pages. The huge page keeps its contents.
 */
#include "hugeproof.h"

#include <sys/resource.h>
#include <sys/syscall.h>

/* Maps one huge page at a free address. */
static struct hp_area *map_at(uintptr_t at)
{
	static struct hp_area area;
	void *addr = mmap((void *)at, hp_page_size, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB | MAP_FIXED_NOREPLACE |
				  hp_size_flag(hp_page_size),
			  -1, 0);

	hp_require(addr == (void *)at, "no huge page at %#lx: %s", (long)at,
		   strerror(errno));
	area = hp_area_at(addr, hp_page_size, hp_page_size);
	hp_fill(&area, 'n');
	return &area;
}

static uintptr_t round_up(uintptr_t address)
{
	return (address + hp_page_size - 1) & ~(hp_page_size - 1);
}

HP_CASE(heap, "brk fails to grow into a huge page, and succeeds below it")
{
	/* Uses the system call itself: the C library's heap must not move meanwhile. */
	uintptr_t end = (uintptr_t)syscall(SYS_brk, 0);
	uintptr_t huge = round_up(end + 4 * hp_base_size);
	struct hp_area *area = map_at(huge);
	uintptr_t beyond = (uintptr_t)syscall(SYS_brk, huge + hp_base_size);
	uintptr_t below = (uintptr_t)syscall(SYS_brk, end + hp_base_size);

	syscall(SYS_brk, end);
	hp_check_eq(beyond, end);
	hp_check_eq(below, end + hp_base_size);
	hp_check_filled(area, 'n');
}

HP_CASE(mapping,
	"a mapping below a huge page cannot grow into it (mremap, MAP_FIXED_NOREPLACE)")
{
	char *room = hp_check_ok(mmap(NULL, 3 * hp_page_size, PROT_NONE,
				      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
	uintptr_t huge = round_up((uintptr_t)room + hp_base_size);
	struct hp_area *area;
	char *small;

	hp_check_ok(munmap(room, 3 * hp_page_size));
	area = map_at(huge);
	small = hp_check_ok(mmap((void *)(huge - hp_base_size), hp_base_size,
				 PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0));
	memset(small, 's', hp_base_size);
	hp_check_errno(mremap(small, hp_base_size, 2 * hp_base_size, 0), ENOMEM);
	hp_check_errno(mmap(small, 2 * hp_base_size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0),
		       EEXIST);
	hp_check_eq(small[hp_base_size - 1], 's');
	hp_check_filled(area, 'n');
}

struct stack {
	char *top;
	_Atomic long pages; /* by which it grew */
};

/* Grows a mapping downwards, page by page, until a fault kills the process. */
static void grow(void *arg)
{
	struct stack *stack = arg;
	volatile char *at = stack->top;

	for (;; stack->pages++) {
		at -= hp_base_size;
		*at = 's';
	}
}

HP_CASE(growing_mapping, "a MAP_GROWSDOWN mapping stops growing above a huge page")
{
	size_t gap = 512 * hp_base_size;
	char *room = hp_check_ok(mmap(NULL, 3 * hp_page_size + gap, PROT_NONE,
				      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
	uintptr_t huge = round_up((uintptr_t)room);
	struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
	struct hp_area *area;
	struct stack *stack = hp_shared(sizeof(*stack));

	hp_require(!setrlimit(RLIMIT_STACK, &limit) || !getrlimit(RLIMIT_STACK, &limit),
		   "no limit on the stack");
	hp_check_ok(munmap(room, 3 * hp_page_size + gap));
	area = map_at(huge);
	stack->top = hp_check_ok(mmap(
		(void *)(huge + hp_page_size + gap), hp_base_size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED_NOREPLACE, -1, 0));
	hp_check_killed(hp_fork(grow, stack), SIGSEGV);
	hp_check_range(stack->pages, 1, (intmax_t)(gap / hp_base_size) - 1);
	hp_check_filled(area, 'n');
}

HP_PROGRAM(.summary = "memory that grows towards a huge page stops before it",
	   .needs = HP_NEEDS("hugetlb:1"),
	   .sources = HP_SOURCES({"man", "brk(2)"}, {"man", "mmap(2)", "MAP_GROWSDOWN"}))
