// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A debugger that writes to the text of a process (PTRACE_POKETEXT) in a huge page of a
 * private read-only file mapping changes this process's copy of one base page: other
 * processes run the file's text, and so does this one everywhere else.
 */
#include "hugeproof.h"

#include <sys/ptrace.h>
#include <sys/wait.h>

struct text {
	struct hp_area *file, *area; /* shared and writable; private and executable */
	size_t poked;                /* the base page whose text changes */
};

static char *place(const struct hp_area *area, size_t page)
{
	return area->addr + page * hp_base_size + HP_CODE_BYTES;
}

/* Every base page contains a function. */
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

/* Returns 0 or an errno. */
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
	bool huge, written; /* whether the process ran its text before */
} ways[] = {
	{{"base", "base pages"}, false, true},
	{{"huge", "a huge page"}, true, true},
	{{"untouched", "a huge page that it has not accessed yet"}, true, false},
};

HP_CASES(poked, "PTRACE_POKETEXT changes the text of the traced process only", ways, way)
{
	struct text it = text(way->huge);
	struct hp_paused *child =
		hp_fork_paused(way->written ? runs_as_written : NULL, runs_as_poked, &it);
	char before[HP_CODE_BYTES];

	memcpy(before, hp_code_of(hp_seven), HP_CODE_BYTES);
	check_runs(&it, 7);
	hp_check_eq(poke(hp_paused_pid(child), place(it.area, it.poked), hp_eight), 0);
	hp_step("other processes run the file's text");
	check_runs(&it, 7);
	hp_check_eq(memcmp(place(it.file, it.poked), before, HP_CODE_BYTES), 0);
	hp_resume_ok(child);
	check_runs(&it, 7);
	hp_check_eq(memcmp(place(it.file, it.poked), before, HP_CODE_BYTES), 0);
	if (way->huge)
		hp_check_eq(hp_folio_size(it.file->addr), hp_pmd_size);
}

HP_CASE(shared,
	"PTRACE_POKETEXT to a read-only shared mapping of a huge page fails with EIO")
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

HP_PROGRAM(.summary = "PTRACE_POKETEXT in a huge page of a file does not change the file",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("thp", "pagemap", "root", "cap:sys_ptrace"),
	   .sources = HP_SOURCES({"man", "ptrace(2)", "PTRACE_POKETEXT"},
				 {"man", "mmap(2)", "MAP_PRIVATE"}))
