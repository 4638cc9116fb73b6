// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Bit 5 of a process's coredump_filter puts private huge pages into its core file, bit 6
 * shared ones; without the bit the file describes the mapping and contains none of its
 * pages.
 */
#include "hugeproof.h"

#include <elf.h>
#include <link.h>
#include <sys/prctl.h>
#include <sys/resource.h>

struct crash {
	const char *folder, *filter;
	int type, advice;
	struct hp_area area; /* the child's own mapping, because inheritance does not matter
				here */
};

static void abort_with_core(void *arg)
{
	struct crash *crash = arg;
	struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};

	hp_require(!setrlimit(RLIMIT_CORE, &unlimited), "cannot raise RLIMIT_CORE: %s",
		   strerror(errno));
	prctl(PR_SET_DUMPABLE, 1);
	hp_check_eq(hp_write_text("/proc/self/coredump_filter", crash->filter), 0);
	hp_require(!chdir(crash->folder), "chdir: %s", strerror(errno));
	crash->area = *hp_map_hugetlb(1, crash->type);
	hp_fill(&crash->area, 'd');
	if (crash->advice)
		hp_check_ok(madvise(crash->area.addr, crash->area.size, crash->advice));
	signal(SIGABRT, SIG_DFL);
	abort();
}

/* The program header of the area in the core file. */
static ElfW(Phdr) segment_of(int core, const struct hp_area *area)
{
	ElfW(Ehdr) header;

	hp_check_eq(pread(core, &header, sizeof(header), 0), sizeof(header));
	for (int i = 0; i < header.e_phnum; i++) {
		ElfW(Phdr) segment;

		hp_check_eq(pread(core, &segment, sizeof(segment),
				  (off_t)(header.e_phoff + i * sizeof(segment))),
			    sizeof(segment));
		if (segment.p_type == PT_LOAD && segment.p_vaddr == (uintptr_t)area->addr)
			return segment;
	}
	hp_fail_at(HP_HERE("a segment of the core file"), "one for the huge pages",
		   "none of %d", header.e_phnum);
}

static const struct way {
	struct hp_variant variant;
	int type;
	const char *filter;
	int advice;
	bool holds;
} ways[] = {
	{{"private", "bit 5 of coredump_filter dumps private huge pages"},
	 MAP_PRIVATE,
	 "0x20",
	 0,
	 true},
	{{"not_private",
	  "without bit 5 of coredump_filter private huge pages are not dumped"},
	 MAP_PRIVATE,
	 "0x5f",
	 0,
	 false},
	{{"shared", "bit 6 of coredump_filter dumps shared huge pages"},
	 MAP_SHARED,
	 "0x40",
	 0,
	 true},
	{{"not_shared",
	  "without bit 6 of coredump_filter shared huge pages are not dumped"},
	 MAP_SHARED,
	 "0x3f",
	 0,
	 false},
	{{"advice",
	  "MADV_DONTDUMP excludes huge pages from the core file, whatever the filter is"},
	 MAP_PRIVATE,
	 "0x7f",
	 MADV_DONTDUMP,
	 false},
};

HP_NAMED_CASES(dump, ways, way)
{
	struct crash *crash = hp_shared(sizeof(*crash));
	struct hp_area copy;
	ElfW(Phdr) segment;
	char pattern[128];
	int core;

	*crash = (struct crash){
		hp_mount_tmpfs(""), way->filter, way->type, way->advice, {0}};
	snprintf(pattern, sizeof(pattern), "%s/core", crash->folder);
	if (hp_setting("/proc/sys/kernel/core_pattern", pattern) ||
	    hp_setting("/proc/sys/kernel/core_uses_pid", "0"))
		hp_skip_case("cannot set kernel.core_pattern: run it in the lab");
	hp_check_killed(hp_fork(abort_with_core, crash), SIGABRT);
	core = hp_check_ok(hp_open_file(crash->folder, "core", O_RDONLY));
	segment = segment_of(core, &crash->area);
	hp_check_eq(segment.p_memsz, crash->area.size);
	hp_check_eq(segment.p_filesz, way->holds ? crash->area.size : 0);
	if (!way->holds)
		return;
	copy = hp_area_at(hp_check_ok(mmap(NULL, segment.p_filesz, PROT_READ, MAP_PRIVATE,
					   core, (off_t)segment.p_offset)),
			  segment.p_filesz, hp_page_size);
	hp_check_filled(&copy, 'd');
}

HP_PROGRAM(.summary = "a core file contains the huge pages that coredump_filter selects",
	   .needs = HP_NEEDS("hugetlb:1", "cap:sys_admin"), .seconds = 30,
	   .sources = HP_SOURCES({"man", "core(5)"},
				 {"doc", "Documentation/filesystems/proc.rst", "3.4"}))
