// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A write into another process's memory (process_vm_writev, ptrace) has the effect of its
 * own write: it copies a private huge page, and is visible to all users of a shared one.
 */
#include "hugeproof.h"

#include <sys/ptrace.h>
#include <sys/uio.h>

static uint64_t *word(const struct hp_area *area)
{
	return (uint64_t *)area->addr;
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
	void (*write)(pid_t pid, void *addr, uint64_t value);
} ways[] = {
	{{"process_vm", "process_vm_writev"}, by_process_vm},
	{{"ptrace", "PTRACE_POKEDATA"}, by_ptrace},
};

HP_CASE_OF_PAIRS(writes, NULL,
		 "a write to another process copies a private huge page and no shared one",
		 ways, way, hp_sharings, sharing)
{
	const uint64_t theirs = 0x1122334455667788;
	bool copies = sharing->flag == MAP_PRIVATE;
	struct hp_area *area = hp_filled_hugetlb(1, sharing->flag, 'v');
	uint64_t mine = *word(area);
	struct hp_hugetlb_counts start;
	struct hp_paused *child;

	hp_paused_child(child) {
		hp_pause(child);
		hp_step("the target process checks its memory");
		hp_check_eq(*word(area), theirs);
	}
	start = hp_hugetlb();
	way->write(hp_paused_pid(child), area->addr, theirs);
	hp_check_hugetlb(start, .free = copies ? -1 : 0);
	hp_check_eq(*word(area), copies ? mine : theirs);
	hp_resume_ok(child);
	hp_check_hugetlb(start);
}

HP_PROGRAM(.summary = "writes to another process copy private huge pages, not shared ones",
	   .needs = HP_NEEDS("hugetlb:2", "cap:sys_ptrace"),
	   .sources = HP_SOURCES({"man", "process_vm_writev(2)"}, {"man", "ptrace(2)"}))
