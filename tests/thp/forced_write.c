// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A forced write (ptrace, /proc/PID/mem) into read-only private memory gives the process a
 * copy of the page. Other users of the page or file keep the old contents, and so does the
 * zero page. In a read-only shared mapping a forced write is refused.
 */
#include "hugeproof.h"

enum what { ABSENT, READ, WRITTEN, FORKED, NO_ACCESS };

/* What is mapped when the forced write happens. */
static const struct ground {
	struct hp_variant variant;
	enum hp_memory memory;
	enum what what;
} grounds[] = {
	{{"base_absent", "no page"}, HP_MEMORY_BASE, ABSENT},
	{{"base_forked", "a base page shared by fork"}, HP_MEMORY_BASE, FORKED},
	{{"base_no_access", "a base page of PROT_NONE"}, HP_MEMORY_BASE, NO_ACCESS},
	{{"base_read", "the zero page"}, HP_MEMORY_BASE, READ},
	{{"base_written", "a base page"}, HP_MEMORY_BASE, WRITTEN},
	{{"mthp_absent", "no page, 64 kB allowed"}, HP_MEMORY_MTHP, ABSENT},
	{{"mthp_forked", "64 kB shared by fork"}, HP_MEMORY_MTHP, FORKED},
	{{"mthp_no_access", "64 kB of PROT_NONE"}, HP_MEMORY_MTHP, NO_ACCESS},
	{{"mthp_written", "a huge page of 64 kB"}, HP_MEMORY_MTHP, WRITTEN},
	{{"thp_absent", "no page, THP allowed"}, HP_MEMORY_THP, ABSENT},
	{{"thp_forked", "a THP shared by fork"}, HP_MEMORY_THP, FORKED},
	{{"thp_no_access", "a THP of PROT_NONE"}, HP_MEMORY_THP, NO_ACCESS},
	{{"thp_read", "the huge zero page"}, HP_MEMORY_THP, READ},
	{{"thp_written", "a THP"}, HP_MEMORY_THP, WRITTEN},
	{{"file_absent", "a tmpfs file, not yet faulted in"}, HP_MEMORY_TMPFS, ABSENT},
	{{"file_no_access", "a tmpfs file of PROT_NONE"}, HP_MEMORY_TMPFS, NO_ACCESS},
	{{"file_read", "a huge page of a tmpfs file"}, HP_MEMORY_TMPFS, READ},
};

#define WORDS 3

static const uint64_t forced[WORDS] = {0xf0, 0xf1, 0xf2};

struct scene {
	struct hp_area area,
		other; /* other: another mapping of the file, or of zero pages */
	char tag;      /* of the contents that must stay; 0: zeros */
	const struct ground *ground;
	const struct hp_force *force;
};

/* Words in three base pages, including the first and the last. */
static uint64_t *word(const struct hp_area *area, int i)
{
	size_t at[WORDS] = {8, area->size / 2 + hp_base_size - 8, area->size - 16};

	return (uint64_t *)(area->addr + at[i]);
}

static void read_only(const struct hp_area *area)
{
	hp_protect(area, PROT_READ);
}

static void map_file(struct scene *scene)
{
	int fd = hp_shmem_file(1);

	scene->other = *hp_map_shmem(fd, 1, MAP_SHARED);
	hp_fill(&scene->other, 'f');
	hp_require_huge(&scene->other);
	scene->area = *hp_map_shmem(fd, 1, MAP_PRIVATE);
	scene->tag = 'f';
	close(fd);
}

/* Maps filled pages, or room without pages. */
static void map_anonymous(struct scene *scene)
{
	enum hp_memory memory = scene->ground->memory;
	bool there = scene->ground->what != ABSENT && scene->ground->what != READ;

	scene->tag = there ? 'p' : 0;
	scene->area = there ? *hp_map_filled(memory, hp_pmd_size, 'p')
			    : *hp_map_memory(memory, hp_pmd_size);
	scene->other = *hp_map_memory(memory, hp_pmd_size);
	if (!there)
		hp_check_zeros(&scene->other);
}

static bool reads_zero_page(const struct ground *ground)
{
	return ground->what == READ && ground->memory != HP_MEMORY_TMPFS;
}

/* The huge zero page has consecutive frames; base pages all map the same frame. */
static void require_zero_page(const struct scene *scene)
{
	const struct hp_area *area = &scene->area;

	hp_require(hp_is_zero_page(area->addr), "a read does not map the zero page");
	if (scene->ground->memory == HP_MEMORY_THP)
		hp_require(hp_contiguous(area->addr, hp_base_pages(area)),
			   "a read does not map the huge zero page");
}

static void set(struct scene *scene)
{
	hp_khugepaged_calm();
	if (scene->ground->memory == HP_MEMORY_TMPFS)
		map_file(scene);
	else
		map_anonymous(scene);
	read_only(&scene->area);
	if (scene->ground->what == READ)
		hp_check_filled(&scene->area, scene->tag);
	if (reads_zero_page(scene->ground))
		require_zero_page(scene);
	if (scene->ground->what == NO_ACCESS)
		hp_check_ok(mprotect(scene->area.addr, scene->area.size, PROT_NONE));
}

/* Everything except the forced words is unchanged. */
static void check_forced(const struct scene *scene)
{
	const struct hp_area *area = &scene->area;
	size_t from = 0;

	for (int i = 0; i < WORDS; i++) {
		size_t at = (size_t)((char *)word(area, i) - area->addr);

		hp_check_eq(*word(area, i), forced[i]);
		hp_check_filled(hp_part(area, from, at - from), scene->tag);
		from = at + sizeof(uint64_t);
	}
	hp_check_filled(hp_part(area, from, area->size - from), scene->tag);
}

static void write_all(const struct scene *scene, pid_t pid, int error)
{
	for (int i = 0; i < WORDS; i++) {
		hp_step("forced write %s, word %d", scene->force->variant.summary, i);
		hp_check_eq(scene->force->write(pid, word(&scene->area, i), forced[i]),
			    error);
	}
}

static void begin(void *arg)
{
	struct scene *scene = arg;

	if (scene->ground->what != FORKED)
		set(scene);
	if (scene->force->self)
		write_all(scene, 0, 0);
}

static void check_can_be_read(const struct scene *scene)
{
	uint64_t seen = 0;

	for (int i = 0; i < WORDS; i++) {
		hp_check_eq(hp_force_read(0, word(&scene->area, i), &seen), 0);
		hp_check_eq(seen, forced[i]);
	}
	hp_check_eq(hp_force_read(0, word(&scene->area, 0) + 1, &seen), 0);
	hp_check_eq(seen, hp_pattern(&scene->area, 16, scene->tag));
	hp_check_fault(&scene->area, word(&scene->area, 0), HP_READ, SIGSEGV, SEGV_ACCERR);
	read_only(&scene->area);
}

static void look(void *arg)
{
	const struct scene *scene = arg;

	hp_step("the target process checks its memory");
	if (scene->ground->what == NO_ACCESS)
		check_can_be_read(scene);
	check_forced(scene);
	/* It got a copy, but no permission to write. */
	for (int i = 0; i < WORDS; i++)
		hp_check_fault(&scene->area, word(&scene->area, i), HP_WRITE, SIGSEGV,
			       SEGV_ACCERR);
	if (scene->ground->memory == HP_MEMORY_TMPFS)
		hp_check_filled(&scene->other, 'f');
	else if (!scene->tag)
		hp_check_zeros(&scene->other);
	hp_check_ok(mprotect(scene->area.addr, scene->area.size, PROT_READ | PROT_WRITE));
	check_forced(scene);
	hp_fill(&scene->area, 'w');
	hp_check_filled(&scene->area, 'w');
	if (scene->ground->memory == HP_MEMORY_TMPFS)
		hp_check_filled(&scene->other, 'f');
}

static void force(const struct ground *ground, const struct hp_force *force)
{
	struct scene *scene = hp_shared(sizeof(*scene));
	struct hp_paused *victim;

	hp_need_force();
	if (reads_zero_page(ground)) {
		hp_case_needs("zero-page");
		hp_thp_setting("use_zero_page", "1");
	}
	*scene = (struct scene){.ground = ground, .force = force};
	if (ground->what == FORKED)
		set(scene);
	victim = hp_fork_paused(begin, look, scene);
	if (!force->self)
		write_all(scene, hp_paused_pid(victim), 0);
	if (ground->what == FORKED)
		hp_check_filled(&scene->area, 'p');
	hp_resume_ok(victim);
	if (ground->what == FORKED)
		hp_check_filled(&scene->area, 'p');
}

HP_CASES(other, "a forced write through /proc/PID/mem copies the page it changes", grounds,
	 ground)
{
	force(ground, &hp_forces[0]);
}

HP_CASES(ptrace, "a forced write by PTRACE_POKEDATA copies the page it changes", grounds,
	 ground)
{
	force(ground, &hp_forces[1]);
}

HP_CASES(self, "a forced write through /proc/self/mem copies the page it changes", grounds,
	 ground)
{
	force(ground, &hp_forces[2]);
}

static void wait_and_look(void *arg)
{
	const struct hp_area *area = arg;

	hp_check_filled(area, 'f');
}

HP_CASES(shared, "a forced write into a read-only shared mapping of tmpfs is refused (EIO)",
	 hp_forces, force)
{
	struct scene scene = {.force = force};
	struct hp_paused *child;

	hp_need_force();
	map_file(&scene);
	scene.area = scene.other;
	read_only(&scene.area);
	child = hp_fork_paused(wait_and_look, wait_and_look, &scene.area);
	write_all(&scene, force->self ? 0 : hp_paused_pid(child), EIO);
	hp_resume_ok(child);
	hp_check_filled(&scene.area, 'f');
}

HP_PROGRAM(.summary =
		   "a forced write into read-only memory affects no other user of the page",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("thp", "root", "pagemap", "cap:sys_ptrace"),
	   .sources = HP_SOURCES({"man", "ptrace(2)", "PTRACE_POKEDATA"},
				 {"man", "proc_pid_mem(5)"},
				 {"commit", "19be0eaffa3a",
				  "mm: remove gup_flags FOLL_WRITE games from "
				  "__get_user_pages()"},
				 {"commit", "a8f97366452e",
				  "mm, thp: Do not make page table dirty unconditionally "
				  "in touch_p[mu]d()"}))
