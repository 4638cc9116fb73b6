// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A process with PR_SET_THP_DISABLE gets no THP in any way: by a fault, advice,
 * MADV_COLLAPSE or khugepaged; nor do programs that it executes.
 */
#include "hugeproof.h"

#include <sys/prctl.h>

#ifndef PR_THP_DISABLE_EXCEPT_ADVISED
#define PR_THP_DISABLE_EXCEPT_ADVISED (1 << 1)
#endif

#define TIMEOUT_S 20

static void disable_thp(unsigned long flags)
{
	hp_check_ok(prctl(PR_SET_THP_DISABLE, 1, flags, 0, 0));
}

static void enable_thp(void)
{
	hp_check_ok(prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0));
	hp_check_eq(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), 0);
}

static struct hp_area *small(void)
{
	struct hp_area *area = hp_map_anon(hp_pmd_size);

	hp_check_ok(madvise(area->addr, area->size, MADV_NOHUGEPAGE));
	hp_fill(area, 'r');
	hp_check_ok(madvise(area->addr, area->size, MADV_HUGEPAGE));
	return area;
}

HP_CASE(collapse,
	"MADV_COLLAPSE fails with EINVAL after PR_SET_THP_DISABLE, and existing THPs stay")
{
	struct hp_area *area, *huge;

	hp_thp_enabled("always");
	hp_khugepaged_calm();
	huge = hp_map_filled(HP_MEMORY_THP, hp_pmd_size, 'h');
	area = small();
	disable_thp(0);
	hp_check_eq(hp_collapse(area), EINVAL);
	hp_check_eq(hp_mapped_huge(area), 0);
	hp_check_filled(area, 'r');
	hp_check_eq(hp_mapped_huge(huge), huge->size);
	enable_thp();
	hp_check_eq(hp_collapse(area), 0);
	hp_check_eq(hp_mapped_huge(area), area->size);
	hp_check_filled(area, 'r');
	hp_check_filled(huge, 'h');
}

/* khugepaged only scans while there is a process to scan. */
static void has_thp(void *arg)
{
	(void)arg;
	hp_touch(hp_map_thp(1));
}

HP_CASE(khugepaged,
	"khugepaged does not collapse with PR_SET_THP_DISABLE, until it is reset")
{
	struct hp_paused *other;
	struct hp_area *area;

	hp_thp_enabled("always");
	hp_thp_setting("khugepaged/max_ptes_none", "511");
	hp_khugepaged_hurry();
	other = hp_fork_paused(has_thp, NULL, NULL);
	hp_touch(hp_map_thp(1));
	disable_thp(0);
	area = small();
	hp_khugepaged_scan(TIMEOUT_S);
	hp_check_eq(hp_mapped_huge(area), 0);
	enable_thp();
	hp_check_ok(madvise(area->addr, area->size, MADV_NOHUGEPAGE));
	hp_check_ok(madvise(area->addr, area->size, MADV_HUGEPAGE));
	hp_drain_lru();
	hp_eventually(hp_khugepaged_collapsed(area), TIMEOUT_S);
	hp_check_filled(area, 'r');
	hp_resume_ok(other);
}

HP_CASE(sizes, "a fault allocates no THP of any size with PR_SET_THP_DISABLE")
{
	size_t sizes[HP_MAX_THP_SIZES];
	int n = hp_thp_sizes(sizes);

	hp_thp_setting("enabled", "always");
	disable_thp(0);
	for (int i = 0; i < n; i++) {
		struct hp_area *area;

		if (sizes[i] <= 2 * hp_base_size)
			continue; /* files only */
		hp_step("%zu kB", sizes[i] / 1024);
		area = hp_map_thp_of(sizes[i], 2);
		hp_touch(area);
		hp_check_eq(hp_folio_size(area->addr), hp_base_size);
		hp_unmap(area);
	}
}

/* THP_enabled in /proc/self/status of an executed program. */
static long status_of_another(void)
{
	char text[8192], *line = NULL;
	FILE *output = popen("exec cat /proc/self/status", "re");
	size_t n;

	hp_require(output, "cannot run cat");
	n = fread(text, 1, sizeof(text) - 1, output);
	text[n] = '\0';
	pclose(output);
	line = strstr(text, "\nTHP_enabled:");
	if (!line)
		hp_skip_case("needs THP_enabled in /proc/PID/status (Linux 5.0): run it in "
			     "the lab");
	return strtol(line + strlen("\nTHP_enabled:"), NULL, 10);
}

HP_CASE(executed, "an executed program inherits PR_SET_THP_DISABLE (THP_enabled in status)")
{
	hp_thp_enabled("always");
	hp_check_eq(status_of_another(), 1);
	disable_thp(0);
	hp_check_eq(status_of_another(), 0);
	enable_thp();
	hp_check_eq(status_of_another(), 1);
}

static void child(void *arg)
{
	struct hp_area *area;

	(void)arg;
	hp_check_eq(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0),
		    1 | PR_THP_DISABLE_EXCEPT_ADVISED);
	area = hp_map_anon(hp_pmd_size);
	hp_touch(area);
	hp_check_eq(hp_mapped_huge(area), 0);
	hp_unmap(area);
	area = hp_map_anon(hp_pmd_size);
	hp_check_ok(madvise(area->addr, area->size, MADV_HUGEPAGE));
	hp_touch(area);
	hp_check_eq(hp_made_huge(area), area->size);
}

static void disable_but_advised(void)
{
	if (prctl(PR_SET_THP_DISABLE, 1, PR_THP_DISABLE_EXCEPT_ADVISED, 0, 0)) {
		hp_check_eq(errno, EINVAL);
		hp_skip_case(
			"needs PR_THP_DISABLE_EXCEPT_ADVISED (Linux 6.18): run it on a "
			"newer kernel");
	}
}

HP_CASE(but_advised,
	"PR_THP_DISABLE_EXCEPT_ADVISED allows THPs only in memory with MADV_HUGEPAGE")
{
	hp_thp_enabled("always");
	disable_but_advised();
	child(NULL);
	hp_wait_ok(hp_fork(child, NULL));
	enable_thp();
}

HP_CASE(but_advised_collapse,
	"PR_THP_DISABLE_EXCEPT_ADVISED allows MADV_COLLAPSE, but not with MADV_NOHUGEPAGE")
{
	struct hp_area *area, *unwanted;

	hp_thp_enabled("always");
	hp_khugepaged_calm();
	area = hp_map_anon(hp_pmd_size);
	disable_but_advised();
	hp_fill(area, 'a');
	hp_check_eq(hp_mapped_huge(area), 0);
	hp_check_eq(hp_collapse(area), 0);
	hp_check_eq(hp_mapped_huge(area), area->size);
	hp_check_filled(area, 'a');
	unwanted = small();
	hp_check_ok(madvise(unwanted->addr, unwanted->size, MADV_NOHUGEPAGE));
	hp_check_eq(hp_collapse(unwanted), EINVAL);
	hp_check_eq(hp_mapped_huge(unwanted), 0);
	hp_check_filled(unwanted, 'r');
}

HP_CASE(but_advised_khugepaged,
	"khugepaged collapses only advised memory with PR_THP_DISABLE_EXCEPT_ADVISED")
{
	struct hp_area *plain, *advised;

	hp_thp_enabled("always");
	plain = hp_map_anon(hp_pmd_size);
	disable_but_advised();
	hp_fill(plain, 'p');
	hp_check_eq(hp_mapped_huge(plain), 0);
	hp_khugepaged_hurry();
	advised = small();
	hp_drain_lru();
	hp_eventually(hp_khugepaged_collapsed(advised), TIMEOUT_S);
	hp_khugepaged_scan(TIMEOUT_S);
	hp_check_eq(hp_mapped_huge(plain), 0);
	hp_check_filled(plain, 'p');
	hp_check_filled(advised, 'r');
}

HP_CASE(but_advised_shmem,
	"PR_THP_DISABLE_EXCEPT_ADVISED allows huge pages of shmem only with MADV_HUGEPAGE")
{
	struct hp_shmem *shmem;
	struct hp_area *plain, *advised;
	long fallbacks;

	hp_case_needs("shmem-thp");
	fallbacks = hp_shmem_fallbacks(hp_pmd_size);
	hp_khugepaged_calm();
	plain = hp_map_all_shmem(hp_shmem_new(HP_MEMFD, 1), MAP_SHARED);
	shmem = hp_shmem_new(HP_MEMFD, 1);
	advised = hp_map_all_shmem(shmem, MAP_SHARED);
	hp_shmem_enabled(0, "always");
	disable_but_advised();
	hp_fill(plain, 'p');
	hp_check_eq(hp_folio_size(plain->addr), hp_base_size);
	hp_check_ok(madvise(advised->addr, advised->size, MADV_HUGEPAGE));
	hp_fill(advised, 'a');
	hp_short_of_shmem(hp_pmd_size, hp_folio_size(advised->addr), fallbacks);
	hp_check_eq(hp_folio_size(advised->addr), hp_pmd_size);
	hp_check_eq(hp_mapped_huge(plain), 0);
	hp_check_filled(advised, 'a');
}

/* This program, executed again with that variable, says what it has inherited. */
#define SAYS "HUGEPROOF_SAYS_THP_DISABLE"

__attribute__((constructor)) static void say(void)
{
	if (getenv(SAYS))
		_exit(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0));
}

static int inherited(void)
{
	char *const arguments[] = {"refusal", NULL}, *const variables[] = {SAYS "=1", NULL};
	pid_t pid = fork();
	int status;

	hp_check_ok(pid);
	if (!pid) {
		execve("/proc/self/exe", arguments, variables);
		_exit(100);
	}
	hp_check_ok(waitpid(pid, &status, 0));
	hp_require(WIFEXITED(status), "the program ended with status %#x",
		   (unsigned int)status);
	/* The flags, if the program has begun. */
	hp_require(WEXITSTATUS(status) < 4, "cannot execute the program: exit status %d",
		   WEXITSTATUS(status));
	return WEXITSTATUS(status);
}

HP_CASE(but_advised_executed,
	"an executed program inherits PR_THP_DISABLE_EXCEPT_ADVISED, and is allowed THPs")
{
	hp_check_eq(inherited(), 0);
	disable_but_advised();
	hp_check_eq(inherited(), 1 | PR_THP_DISABLE_EXCEPT_ADVISED);
	hp_check_eq(status_of_another(), 1);
	disable_thp(0);
	hp_check_eq(inherited(), 1);
	hp_check_eq(status_of_another(), 0);
	enable_thp();
	hp_check_eq(inherited(), 0);
}

HP_CASE(but_advised_odd,
	"PR_THP_DISABLE_EXCEPT_ADVISED is EINVAL when THPs are allowed again")
{
	disable_but_advised();
	hp_check_errno(prctl(PR_SET_THP_DISABLE, 0, PR_THP_DISABLE_EXCEPT_ADVISED, 0, 0),
		       EINVAL);
	hp_check_errno(
		prctl(PR_SET_THP_DISABLE, 1, PR_THP_DISABLE_EXCEPT_ADVISED | 1, 0, 0),
		EINVAL);
	hp_check_errno(prctl(PR_SET_THP_DISABLE, 1,
			     PR_THP_DISABLE_EXCEPT_ADVISED | 1UL << 31, 0, 0),
		       EINVAL);
	hp_check_errno(prctl(PR_SET_THP_DISABLE, 1, PR_THP_DISABLE_EXCEPT_ADVISED, 1, 0),
		       EINVAL);
	hp_check_eq(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0),
		    1 | PR_THP_DISABLE_EXCEPT_ADVISED);
	enable_thp();
}

HP_CASE(odd,
	"PR_SET_THP_DISABLE with unknown arguments fails with EINVAL and changes nothing")
{
	hp_check_errno(prctl(PR_SET_THP_DISABLE, 1, 1UL << 20, 0, 0), EINVAL);
	hp_check_errno(prctl(PR_SET_THP_DISABLE, 1, 0, 1, 0), EINVAL);
	hp_check_errno(prctl(PR_GET_THP_DISABLE, 1, 0, 0, 0), EINVAL);
	hp_check_eq(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), 0);
}

HP_PROGRAM(.summary = "a process with PR_SET_THP_DISABLE gets no THP in any way",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "root", "pagemap"),
	   .seconds = 60,
	   .sources = HP_SOURCES({"man", "prctl(2)", "PR_SET_THP_DISABLE"},
				 {"doc", "Documentation/admin-guide/mm/transhuge.rst"}))
