// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A uprobe in text that is in a huge page of tmpfs or memfd: each call is counted, in the
 * process that is probed alone, the text works as before, and neither the file nor what was
 * mapped is changed when the probe is removed. hugetlbfs has no uprobes.
 */
#include "hugeproof.h"

#include <linux/perf_event.h>
#include <sys/syscall.h>

#define CALLS 5

struct text {
	int fd;
	struct hp_area *file, *area; /* shared and writable; private and executable */
	size_t probed;               /* the base page whose function is probed */
};

static char *place(const struct hp_area *area, size_t page)
{
	return area->addr + page * hp_base_size + HP_CODE_BYTES;
}

/* Every base page contains a function. */
static struct text text(bool huge)
{
	struct text it = {.fd = huge ? hp_shmem_file(1) : hp_shmem_new(HP_MEMFD, 1)->fd,
			  .probed = 5};

	hp_khugepaged_calm();
	it.file = hp_map_shmem(it.fd, 1, MAP_SHARED);
	if (huge)
		hp_populate(HP_MEMORY_TMPFS, it.file);
	for (size_t page = 0; page < hp_base_pages(it.file); page++)
		memcpy(place(it.file, page), hp_code_of(hp_seven), HP_CODE_BYTES);
	it.area = hp_map_shmem(it.fd, 1, MAP_PRIVATE);
	hp_protect(it.area, PROT_READ | PROT_EXEC);
	return it;
}

/* Probes an offset of a file in one process. Returns the descriptor or -errno. */
static int probe(int fd, uint64_t offset, pid_t pid)
{
	static const char type[] = "/sys/bus/event_source/devices/uprobe/type";
	char path[64];
	long number;
	int event;

	if (hp_read_long(type, &number))
		hp_skip_case("needs uprobes (CONFIG_UPROBE_EVENTS): run it in the lab");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);

	struct perf_event_attr attr = {.size = sizeof(attr),
				       .type = (uint32_t)number,
				       .uprobe_path = (uintptr_t)path,
				       .probe_offset = offset};

	event = (int)syscall(SYS_perf_event_open, &attr, pid, -1, -1, PERF_FLAG_FD_CLOEXEC);
	if (event < 0 && (errno == EPERM || errno == EACCES || errno == ENOSYS))
		hp_skip_case(
			"needs perf_event_open, which is refused (%s): run it in the lab",
			strerrorname_np(errno));
	return event < 0 ? -errno : event;
}

static int probe_text(const struct text *it, pid_t pid)
{
	int event = probe(it->fd, it->probed * hp_base_size + HP_CODE_BYTES, pid);

	hp_check_range(event, 0, INT32_MAX);
	return event;
}

static uint64_t hits(int event)
{
	uint64_t count;

	hp_check_eq(read(event, &count, sizeof(count)), sizeof(count));
	return count;
}

static void run_all(const struct text *it)
{
	for (size_t page = 0; page < hp_base_pages(it->area); page++) {
		hp_step("the text of base page %zu", page);
		hp_check_eq(hp_run_code(place(it->area, page)), 7);
	}
}

/* The file and the private mapping have the functions that were written. */
static void check_unchanged(const struct text *it)
{
	for (size_t page = 0; page < hp_base_pages(it->area); page++) {
		hp_step("the bytes of base page %zu", page);
		hp_check(!memcmp(place(it->file, page), hp_code_of(hp_seven),
				 HP_CODE_BYTES));
		hp_check(!memcmp(place(it->area, page), hp_code_of(hp_seven),
				 HP_CODE_BYTES));
	}
}

static const struct way {
	struct hp_variant variant;
	bool huge, run_before;
} ways[] = {
	{{"base", "base pages"}, false, true},
	{{"huge", "a huge page"}, true, true},
	{{"huge_before_use", "a huge page that was not mapped before"}, true, false},
};

HP_CASES(counted,
	 "a uprobe counts each call of its function and no other, which run as before",
	 ways, way)
{
	struct text it = text(way->huge);
	int event;

	if (way->run_before)
		run_all(&it);
	hp_observed("mapped by a PMD before", "%zu kB", hp_mapped_huge(it.area) / 1024);
	event = probe_text(&it, getpid());
	for (int n = 0; n < CALLS; n++)
		run_all(&it);
	hp_check_eq(hits(event), CALLS);
	hp_check(!memcmp(place(it.file, it.probed), hp_code_of(hp_seven), HP_CODE_BYTES));
	hp_check_ok(close(event));
	run_all(&it);
	check_unchanged(&it);
	hp_observed("mapped by a PMD afterwards", "%zu kB", hp_mapped_huge(it.area) / 1024);
}

static void run_all_in_child(void *arg)
{
	run_all(arg);
}

HP_CASES(of_one_process, "a uprobe of one process does not count calls of another", ways,
	 way)
{
	struct text it = text(way->huge);
	struct hp_paused *child;
	int event;

	if (way->run_before)
		run_all(&it);
	child = hp_fork_paused(way->run_before ? run_all_in_child : NULL, run_all_in_child,
			       &it);
	event = probe_text(&it, hp_paused_pid(child));
	run_all(&it);
	hp_check_eq(hits(event), 0);
	check_unchanged(&it);
	hp_resume_ok(child);
	hp_check_eq(hits(event), 1);
	hp_check_ok(close(event));
	check_unchanged(&it);
}

HP_CASES(two_pages, "uprobes in two base pages of the text count their own calls", ways,
	 way)
{
	struct text it = text(way->huge), other = it;
	int first, second;

	other.probed = hp_base_pages(it.area) - 1;
	if (way->run_before)
		run_all(&it);
	first = probe_text(&it, getpid());
	run_all(&it);
	second = probe_text(&other, getpid());
	run_all(&it);
	hp_check_eq(hits(first), 2);
	hp_check_eq(hits(second), 1);
	hp_check_ok(close(first));
	run_all(&it);
	hp_check_eq(hits(second), 2);
	hp_check_ok(close(second));
	check_unchanged(&it);
}

HP_CASE(hugetlbfs, "EIO for a uprobe in a file of hugetlbfs")
{
	hp_check_eq(probe(hp_hugetlb_file(), HP_CODE_BYTES, getpid()), -EIO);
}

HP_PROGRAM(.summary = "uprobes in huge pages of text count calls and change nothing",
	   .page_sizes = HP_PMD_SIZE, .seconds = 30,
	   .needs = HP_NEEDS("shmem-thp", "root", "pagemap", "hugetlb:1", "cap:sys_admin"),
	   .sources = HP_SOURCES({"man", "perf_event_open(2)", "uprobe"},
				 {"doc", "Documentation/trace/uprobetracer.rst"}))
