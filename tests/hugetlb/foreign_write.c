// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A write into another process's memory (process_vm_writev, ptrace) is that process's
 * own write: it copies a private huge page and goes to everybody through a shared one.
 */
#include "hugeproof.h"

#include <sys/ptrace.h>
#include <sys/uio.h>

struct victim {
	struct hp_area *area;
	struct hp_barrier *barrier;
	uint64_t expected; /* what its first word must become */
};

static uint64_t *word(const struct hp_area *area)
{
	return (uint64_t *)area->addr;
}

static void wait_and_look(void *arg)
{
	struct victim *victim = arg;

	hp_meet(victim->barrier);
	hp_meet(victim->barrier);
	hp_step("the process written to looks");
	hp_check_eq(*word(victim->area), victim->expected);
}

static void by_process_vm(pid_t pid, void *addr, uint64_t value)
{
	struct iovec here = {&value, sizeof(value)}, there = {addr, sizeof(value)};

	hp_check_eq(process_vm_writev(pid, &here, 1, &there, 1, 0), sizeof(value));
}

static void by_ptrace(pid_t pid, void *addr, uint64_t value)
{
	long words[sizeof(value) / sizeof(long)];
	int status;

	memcpy(words, &value, sizeof(value));
	hp_check_ok(ptrace(PTRACE_SEIZE, pid, NULL, NULL));
	hp_check_ok(ptrace(PTRACE_INTERRUPT, pid, NULL, NULL));
	hp_check_eq(waitpid(pid, &status, 0), pid);
	for (size_t i = 0; i < sizeof(value) / sizeof(long); i++)
		hp_check_ok(
			ptrace(PTRACE_POKEDATA, pid, (long *)addr + i, (void *)words[i]));
	hp_check_ok(ptrace(PTRACE_DETACH, pid, NULL, NULL));
}

static const struct way {
	struct hp_variant variant;
	int type;
	void (*write)(pid_t pid, void *addr, uint64_t value);
} ways[] = {
	{{"process_vm_private", "process_vm_writev copies the other's private page"},
	 MAP_PRIVATE,
	 by_process_vm},
	{{"process_vm_shared", "process_vm_writev into a shared page is seen by all"},
	 MAP_SHARED,
	 by_process_vm},
	{{"ptrace_private", "PTRACE_POKEDATA copies the other's private page"},
	 MAP_PRIVATE,
	 by_ptrace},
	{{"ptrace_shared", "PTRACE_POKEDATA into a shared page is seen by all"},
	 MAP_SHARED,
	 by_ptrace},
};

HP_NAMED_CASES(writes, ways, way)
{
	struct victim victim = {hp_map_hugetlb(1, way->type), hp_barrier_new(2),
				0x1122334455667788};
	bool copies = way->type == MAP_PRIVATE;
	struct hp_hugetlb_counts start;
	uint64_t mine;
	pid_t pid;

	hp_fill(victim.area, 'v');
	mine = *word(victim.area);
	pid = hp_fork(wait_and_look, &victim);
	hp_meet(victim.barrier);
	start = hp_hugetlb();
	way->write(pid, victim.area->addr, victim.expected);
	hp_check_hugetlb(start, .free = copies ? -1 : 0);
	hp_check_eq(*word(victim.area), copies ? mine : victim.expected);
	hp_meet(victim.barrier);
	hp_wait_ok(pid);
	hp_check_hugetlb(start);
}

HP_PROGRAM(.summary =
		   "writes from another process copy private huge pages, not shared ones",
	   .needs = HP_NEEDS("hugetlb:2", "cap:sys_ptrace"),
	   .sources = HP_SOURCES({"man", "process_vm_writev(2)"}, {"man", "ptrace(2)"}))
