// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A debugger that writes into the text of a process (PTRACE_POKETEXT), which lies in a huge
 * page of a file mapped private and read-only, changes this process's copy of a base page:
 * other processes run the file's text, and so does this one everywhere else.
 */
#include "hugeproof.h"

#include <sys/ptrace.h>
#include <sys/wait.h>

struct text {
	struct hp_area *file, *area; /* mapped shared and writable, private to be run */
	size_t poked;                /* the base page whose text becomes another */
};

static char *place(const struct hp_area *area, size_t page)
{
	return area->addr + page * hp_base_size + HP_CODE_BYTES;
}

/* All base pages have a function in them. */
static struct text text(bool huge)
{
	struct text it = {.poked = 5};
	int fd = huge ? hp_shmem_file(1) : hp_shmem_new(HP_MEMFD, 1)->fd;

	hp_need_ptrace();
	hp_khugepaged_calm();
	it.file = hp_map_shmem(fd, 1, MAP_SHARED);
	if (huge)
		hp_populate(HP_MEMORY_TMPFS, it.file);
	for (size_t page = 0; page < hp_base_pages(it.file); page++)
		memcpy(place(it.file, page), hp_code_of(hp_seven), HP_CODE_BYTES);
	it.area = hp_map_shmem(fd, 1, MAP_PRIVATE);
	hp_protect(it.area, PROT_READ | PROT_EXEC);
	return it;
}

static void check_runs(const struct text *it, int poked)
{
	for (size_t page = 0; page < hp_base_pages(it->area); page++) {
		hp_step("the text of base page %zu", page);
		hp_check_eq(hp_run_code(place(it->area, page)),
			    page == it->poked ? poked : 7);
	}
}

static void runs_as_written(void *arg)
{
	check_runs(arg, 7);
}

static void runs_as_poked(void *arg)
{
	check_runs(arg, 8);
}

/* 0 or the errno. */
static int poke(pid_t pid, char *to, hp_code code)
{
	const char *from = hp_code_of(code);
	int status, error = 0;
	long word;

	hp_check_ok(ptrace(PTRACE_SEIZE, pid, NULL, NULL));
	hp_check_ok(ptrace(PTRACE_INTERRUPT, pid, NULL, NULL));
	hp_check_eq(waitpid(pid, &status, 0), pid);
	for (size_t at = 0; at < HP_CODE_BYTES && !error; at += sizeof(word)) {
		memcpy(&word, from + at, sizeof(word));
		if (ptrace(PTRACE_POKETEXT, pid, to + at, (void *)word))
			error = errno;
	}
	hp_check_ok(ptrace(PTRACE_DETACH, pid, NULL, NULL));
	return error;
}

static const struct way {
	struct hp_variant variant;
	bool huge, written; /* the process has run its text before */
} ways[] = {
	{{"base", "base pages"}, false, true},
	{{"huge", "a huge page"}, true, true},
	{{"untouched", "a huge page that it has not run yet"}, true, false},
};

HP_CASES(poked, "the process alone runs what was written to its text", ways, way)
{
	struct text it = text(way->huge);
	struct hp_paused *child =
		hp_fork_paused(way->written ? runs_as_written : NULL, runs_as_poked, &it);
	char before[HP_CODE_BYTES];

	memcpy(before, hp_code_of(hp_seven), HP_CODE_BYTES);
	check_runs(&it, 7);
	hp_check_eq(poke(hp_paused_pid(child), place(it.area, it.poked), hp_eight), 0);
	hp_step("others run the file's text");
	check_runs(&it, 7);
	hp_check_eq(memcmp(place(it.file, it.poked), before, HP_CODE_BYTES), 0);
	hp_resume_ok(child);
	check_runs(&it, 7);
	hp_check_eq(memcmp(place(it.file, it.poked), before, HP_CODE_BYTES), 0);
	if (way->huge)
		hp_check_eq(hp_folio_size(it.file->addr), hp_pmd_size);
}

HP_CASE(shared, "text in a shared mapping that is read-only is not written (EIO)")
{
	struct text it = text(true);
	struct hp_paused *child;

	it.area = it.file;
	hp_protect(it.area, PROT_READ | PROT_EXEC);
	child = hp_fork_paused(runs_as_written, runs_as_written, &it);
	hp_check_eq(poke(hp_paused_pid(child), place(it.area, it.poked), hp_eight), EIO);
	hp_resume_ok(child);
	check_runs(&it, 7);
}

HP_PROGRAM(.summary =
		   "a debugger that writes into text in a huge page leaves the file alone",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("thp", "pagemap", "root", "cap:sys_ptrace"),
	   .sources = HP_SOURCES({"man", "ptrace(2)", "PTRACE_POKETEXT"},
				 {"man", "mmap(2)", "MAP_PRIVATE"}))
