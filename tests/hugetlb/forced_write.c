// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A forced write (ptrace, /proc/PID/mem) into read-only huge pages is refused, or gives the
 * process a copy of the page; other users of the page and the file are not affected.
 */
#include "hugeproof.h"

enum what { ABSENT, WRITTEN, FORKED, IN_FILE, SHARED };

static const struct ground {
	struct hp_variant variant;
	enum what what;
} grounds[] = {
	{{"absent", "no page"}, ABSENT},
	{{"file", "a file's page, mapped privately"}, IN_FILE},
	{{"forked", "a page shared by fork"}, FORKED},
	{{"shared", "a shared page"}, SHARED},
	{{"written", "a page"}, WRITTEN},
};

#define FORCED 0xf0

struct scene {
	struct hp_area area, other; /* other: a shared mapping of the file */
	const struct ground *ground;
	const struct hp_force *force;
	int error;
};

static bool in_file(const struct scene *scene)
{
	return scene->ground->what == IN_FILE || scene->ground->what == SHARED;
}

static uint64_t *word(const struct hp_area *area)
{
	return (uint64_t *)(area->addr + area->size - hp_base_size);
}

static void set(struct scene *scene)
{
	int fd;

	if (in_file(scene)) {
		scene->other = *hp_filled_file(&fd, 1, 'p');
		scene->area = *hp_map_file(
			fd, 0, 1, scene->ground->what == SHARED ? MAP_SHARED : MAP_PRIVATE);
	} else {
		scene->area = *hp_map_hugetlb(1, MAP_PRIVATE);
	}
	if (scene->ground->what == WRITTEN || scene->ground->what == FORKED)
		hp_fill(&scene->area, 'p');
	hp_check_ok(mprotect(scene->area.addr, scene->area.size, PROT_READ));
	if (in_file(scene))
		hp_check_filled(&scene->area, 'p');
}

static void write_it(struct scene *scene, pid_t pid)
{
	hp_step("forced write %s", scene->force->variant.summary);
	scene->error = scene->force->write(pid, word(&scene->area), FORCED);
	hp_observed("forced write", "%s", scene->error ? "refused" : "done");
	/* Linux 6.1 and later refuse it (check_vma_flags). */
	if (scene->error)
		hp_check_eq(scene->error, EIO);
	hp_check(scene->error || scene->ground->what != SHARED);
}

static void begin(void *arg)
{
	struct scene *scene = arg;

	if (scene->ground->what != FORKED)
		set(scene);
	if (scene->force->self)
		write_it(scene, 0);
}

static void look(void *arg)
{
	const struct scene *scene = arg;
	const struct hp_area *area = &scene->area;
	char tag = scene->ground->what == ABSENT ? 0 : 'p';
	size_t at = (size_t)((char *)word(area) - area->addr);

	hp_step("the target process checks its memory");
	hp_check_eq(*word(area), scene->error ? hp_pattern(area, at, tag) : FORCED);
	if (scene->error)
		hp_check_filled(area, tag);
	else
		hp_check_filled_around(area, hp_part(area, at, sizeof(uint64_t)), tag);
	hp_check_fault(area, word(area), HP_WRITE, SIGSEGV, SEGV_ACCERR);
	if (in_file(scene))
		hp_check_filled(&scene->other, 'p');
}

static void force(const struct ground *ground, const struct hp_force *force)
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct scene *scene = hp_shared(sizeof(*scene));
	struct hp_paused *victim;

	hp_need_force();
	*scene = (struct scene){.ground = ground, .force = force};
	if (ground->what == FORKED)
		set(scene);
	victim = hp_fork_paused(begin, look, scene);
	if (!force->self)
		write_it(scene, hp_paused_pid(victim));
	hp_resume_ok(victim);
	if (ground->what == FORKED) {
		hp_check_filled(&scene->area, 'p');
		hp_check_ok(munmap(scene->area.addr, scene->area.size));
	}
	hp_check_hugetlb(start);
}

HP_CASES(other, "a forced write through /proc/PID/mem is refused or copies the huge page",
	 grounds, ground)
{
	force(ground, &hp_forces[0]);
}

HP_CASES(ptrace, "a forced write by PTRACE_POKEDATA is refused or copies the huge page",
	 grounds, ground)
{
	force(ground, &hp_forces[1]);
}

HP_CASES(self, "a forced write through /proc/self/mem is refused or copies the huge page",
	 grounds, ground)
{
	force(ground, &hp_forces[2]);
}

struct reading {
	struct hp_area *area;
	uint64_t seen;
	int error;
	volatile bool done;
};

static void read_by_force(void *arg)
{
	struct reading *reading = arg;

	reading->error = hp_force_read(0, word(reading->area), &reading->seen);
	reading->done = true;
}

HP_CASES(no_access, "a PROT_NONE huge page can be read through /proc/PID/mem", hp_sharings,
	 sharing)
{
	struct hp_area *area = hp_filled_hugetlb(1, sharing->flag, 'n');
	struct reading *reading = hp_shared(sizeof(*reading));
	pid_t pid;

	hp_need_force();
	reading->area = area;
	hp_protect(area, PROT_NONE);
	/* In a child, because some kernels never return from it. */
	pid = hp_fork(read_by_force, reading);
	hp_eventually(reading->done, 2);
	hp_wait_ok(pid);
	hp_check_eq(reading->error, 0);
	hp_check_eq(reading->seen,
		    hp_pattern(area, (size_t)((char *)word(area) - area->addr), 'n'));
	hp_check_fault(area, word(area), HP_READ, SIGSEGV, SEGV_ACCERR);
	hp_protect(area, PROT_READ);
	hp_check_filled(area, 'n');
}

HP_PROGRAM(.summary =
		   "a forced write into read-only huge pages affects no other user of them",
	   .needs = HP_NEEDS("hugetlb:2", "cap:sys_ptrace"),
	   .sources = HP_SOURCES({"man", "ptrace(2)", "PTRACE_POKEDATA"},
				 {"man", "proc_pid_mem(5)"},
				 {"commit", "f347454d0341",
				  "mm/gup: disallow FOLL_FORCE|FOLL_WRITE on hugetlb "
				  "mappings"}))
