// SPDX-License-Identifier: LGPL-2.1-or-later
/* The needs that a program can declare. A reason always says how to meet the need. */
#include "frame/engine.h"
#include "frame/internal.h"
#include "frame/undo.h"
#include "observe/others.h"
#include "observe/pagemap.h"
#include "observe/text.h"
#include "observe/vmstat.h"

#include <errno.h>
#include <linux/kernel-page-flags.h>
#include <numa.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

struct reason {
	char *buf;
	size_t len;
};

#define UNMET(reason, ...) snprintf((reason)->buf, (reason)->len, __VA_ARGS__)

/* Each writes the reason if the need is not met. */

static void need_root(const char *arg, struct reason *reason)
{
	(void)arg;
	if (geteuid())
		UNMET(reason, "needs root: run it with sudo");
}

bool hp_capable(int capability)
{
	char status[8192];
	const char *line;

	if (hp_read_text("/proc/self/status", status, sizeof(status)) < 0 ||
	    !(line = strstr(status, "\nCapEff:")))
		return false;
	return strtoull(line + strlen("\nCapEff:"), NULL, 16) >> capability & 1;
}

bool hp_kernel_from(int major, int minor)
{
	struct utsname name;
	int has_major = 0, has_minor = 0;

	uname(&name);
	sscanf(name.release, "%d.%d", &has_major, &has_minor);
	return has_major > major || (has_major == major && has_minor >= minor);
}

void hp_need_writable(const char *path)
{
	if (access(path, W_OK) && (errno == EACCES || errno == EPERM || errno == EROFS))
		hp_skip_case(
			"needs to write %s, which this process may not (%s): run it as "
			"root, outside of a container, or in the lab",
			path, strerror(errno));
}

/* Numbers from include/uapi/linux/capability.h. */
static const struct capability {
	const char *name;
	int bit;
} capabilities[] = {
	{"ipc_lock", 14}, {"sys_ptrace", 19},   {"sys_admin", 21},
	{"sys_nice", 23}, {"sys_resource", 24},
};

static const struct capability *capability_named(const char *name)
{
	for (size_t i = 0; i < sizeof(capabilities) / sizeof(capabilities[0]); i++)
		if (!strcmp(capabilities[i].name, name))
			return &capabilities[i];
	return NULL;
}

static void need_cap(const char *name, struct reason *reason)
{
	if (!hp_capable(capability_named(name)->bit))
		UNMET(reason,
		      "needs the capability CAP_%s, which this process lacks: "
		      "run it in the lab",
		      name);
}

static void need_nodes(const char *arg, struct reason *reason)
{
	int want = atoi(arg), have = numa_available() < 0 ? 1 : numa_num_configured_nodes();

	if (have < want)
		UNMET(reason, "needs %d NUMA nodes, this machine has %d: run it in the lab",
		      want, have);
}

static void need_migration(const char *arg, struct reason *reason)
{
	(void)arg;
	/* Asked for no pages it moves none, and says whether the kernel has it. */
	if (syscall(SYS_move_pages, 0, 0, NULL, NULL, NULL, 0) && errno == ENOSYS)
		UNMET(reason, "needs a kernel that migrates pages between nodes "
			      "(CONFIG_NUMA_MIGRATION, until Linux 7.1 CONFIG_MIGRATION): "
			      "run it in the lab");
}

static void need_pagemap(const char *arg, struct reason *reason)
{
	struct hp_pagemap_entry page;
	int here = 0;

	(void)arg;
	if (hp_page_read(0, &here, &page) || !page.pfn)
		UNMET(reason, "needs page frame numbers from /proc/self/pagemap: run it as "
			      "root on a kernel with CONFIG_PROC_PAGE_MONITOR");
}

static void need_memory_failure(const char *arg, struct reason *reason)
{
	char page;

	need_root(arg, reason);
	/* With length 0, the kernel only checks whether it supports the advice. */
	if (madvise((void *)((uintptr_t)&page & ~(hp_base_size - 1)), 0, MADV_HWPOISON))
		UNMET(reason,
		      "needs a kernel with CONFIG_MEMORY_FAILURE: run it in the lab");
}

static void need_thp(const char *arg, struct reason *reason)
{
	(void)arg;
	if (access("/sys/kernel/mm/transparent_hugepage/enabled", R_OK))
		UNMET(reason,
		      "needs transparent huge pages, which this kernel lacks: run it in "
		      "the lab");
}

/*
 * The largest order of an entry of the page cache (MAX_XAS_ORDER): with base pages of 64 kB
 * a PMD's is larger, and files have no huge pages of that size since 6.10 and in the stable
 * kernels of then.
 */
#define MAX_PAGECACHE_ORDER 11

/* Whether files of tmpfs and shared memory can have PMD-sized pages. */
static void need_shmem_thp(const char *arg, struct reason *reason)
{
	need_thp(arg, reason);
	if (!reason->buf[0] && hp_pmd_size / hp_base_size > 1 << MAX_PAGECACHE_ORDER)
		UNMET(reason,
		      "needs huge pages of %zu MB in files, which the page cache cannot "
		      "hold: run it on a kernel with smaller base pages",
		      hp_pmd_size >> 20);
}

/*
 * Whether reading memory that was never written maps the zero page. A kernel need not do
 * so: s390 forbids it for processes with storage keys (mm_forbids_zeropage), and some
 * vendor kernels do for all. Tested with a base page, so that a bug of the huge zero page
 * is not hidden.
 */
static void need_zero_page(const char *arg, struct reason *reason)
{
	struct hp_folio folio;
	char *page;

	need_pagemap(arg, reason);
	if (reason->buf[0])
		return;
	page = mmap(NULL, hp_base_size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		hp_bail("cannot map a base page: %s", strerror(errno));
	madvise(page, hp_base_size, MADV_NOHUGEPAGE);
	(void)*(volatile char *)page;
	if (hp_folio_read(0, page, &folio) || !(folio.flags >> KPF_ZERO_PAGE & 1))
		UNMET(reason,
		      "needs a kernel that maps the zero page where memory is only read; "
		      "this one does not, even for base pages: run it in the lab");
	munmap(page, hp_base_size);
}

static void need_unpoison(const char *arg, struct reason *reason)
{
	need_root(arg, reason);
	if (!reason->buf[0] && access(HP_HWPOISON_FOLDER "/unpoison-pfn", W_OK))
		UNMET(reason, "needs " HP_HWPOISON_FOLDER
			      " (debugfs, CONFIG_HWPOISON_INJECT): run it in the lab");
}

static void need_fault_injection(const char *arg, struct reason *reason)
{
	need_root(arg, reason);
	if (!reason->buf[0] && (access("/proc/thread-self/fail-nth", W_OK) ||
				access("/sys/kernel/debug/failslab/verbose", W_OK) ||
				access("/sys/kernel/debug/fail_page_alloc/verbose", W_OK)))
		UNMET(reason,
		      "needs a kernel that lets allocations fail on demand "
		      "(CONFIG_FAILSLAB, CONFIG_FAIL_PAGE_ALLOC, "
		      "CONFIG_FAULT_INJECTION_DEBUG_FS, debugfs): run it in the lab");
}

/*
 * Memory of a real machine is not taken away, though it is given back: while it is gone,
 * others may run out of it, and the zone that it was in may not be known.
 */
static void need_memory_block(const char *arg, struct reason *reason)
{
	need_root(arg, reason);
	if (!reason->buf[0] && access("/sys/devices/system/memory/block_size_bytes", R_OK))
		UNMET(reason, "needs a kernel that can set memory offline "
			      "(CONFIG_MEMORY_HOTPLUG, CONFIG_MEMORY_HOTREMOVE): run it in "
			      "the lab");
	if (!reason->buf[0] && !getenv("HUGEPROOF_LAB"))
		UNMET(reason, "sets memory of the machine offline: run it in the lab");
}

static void need_hmm(const char *arg, struct reason *reason)
{
	(void)arg;
	if (access("/dev/hmm_dmirror0", R_OK | W_OK))
		UNMET(reason,
		      "needs /dev/hmm_dmirror0, the kernel's HMM test device "
		      "(CONFIG_TEST_HMM, CONFIG_DEVICE_PRIVATE): run it in the lab");
}

/*
 * The space, kB, that memory.swap.max of a cgroup and its ancestors leaves; most if none is
 * set.
 */
static long left_to_group(char *group, size_t top, long most)
{
	for (char *slash; strlen(group) >= top; *slash = '\0') {
		char path[600];
		long max, used;

		snprintf(path, sizeof(path), "%s/memory.swap.max", group);
		/* Fails for "max": no limit. */
		if (!hp_read_long(path, &max)) {
			snprintf(path, sizeof(path), "%s/memory.swap.current", group);
			if (!hp_read_long(path, &used) && (max - used) / 1024 < most)
				most = max > used ? (max - used) / 1024 : 0;
		}
		slash = strrchr(group, '/');
		if (!slash)
			break;
	}
	return most;
}

long hp_swap_left_kb(void)
{
	static const char root[] = "/sys/fs/cgroup";
	char text[8192], group[512];
	const char *line;
	long left;

	if (hp_read_text("/proc/meminfo", text, sizeof(text)) < 0 ||
	    hp_field(text, "SwapTotal") <= 0)
		return -1;
	left = hp_field(text, "SwapFree");
	if (hp_read_text("/proc/self/cgroup", text, sizeof(text)) < 0 ||
	    !(line = strstr(text, "0::/")))
		return left;
	snprintf(group, sizeof(group), "%s/%.*s", root, (int)strcspn(line + 4, "\n"),
		 line + 4);
	return left_to_group(group, strlen(root), left);
}

static void need_swap(const char *arg, struct reason *reason)
{
	/* No case swaps out more than some huge pages at once. */
	const long least = (long)(8 * hp_pmd_size / 1024);
	long left = hp_swap_left_kb();

	(void)arg;
	if (left < 0)
		UNMET(reason,
		      "needs swap, of which there is none: run it in the lab (--swap)");
	else if (left < least)
		UNMET(reason,
		      "needs %ld kB of swap, and %ld kB are left (SwapFree, "
		      "memory.swap.max): free some, or run it in the lab (--swap)",
		      least, left);
}

static void need_soft_dirty(const char *arg, struct reason *reason)
{
	struct hp_pagemap_entry page;
	volatile char written = 1;

	(void)arg;
	/* Memory that was written is soft-dirty until the bits are cleared. */
	if (hp_page_read(0, (const void *)&written, &page) || !page.soft_dirty)
		UNMET(reason, "needs soft-dirty bits, which this kernel lacks "
			      "(CONFIG_MEM_SOFT_DIRTY): run it in the lab");
}

static void need_poison(const char *arg, struct reason *reason)
{
	(void)arg;
	/* A program that is run by hand needs no permission. */
	if (getenv("HUGEPROOF_RUNNER") && !getenv("HUGEPROOF_ALLOW_POISON"))
		UNMET(reason, "poisons real memory: run it in the lab, or allow it with "
			      "--allow-poison");
}

static void pool_or_bail(struct hp_hugetlb_counts *pool)
{
	int error = hp_hugetlb_read(hp_page_size, pool);

	if (error)
		hp_bail("cannot read the pool of %zu kB pages: %s", hp_page_size / 1024,
			strerror(-error));
}

/*
 * Names the earlier program that leaked the pages, as reported by the runner
 * (HUGEPROOF_LEAKED, doc/formats.md): "hugetlb/x@2M: hugetlb.2M.rsvd +3, ...".
 */
static bool report_leak(struct reason *reason)
{
	static const struct {
		const char *counter, *what;
	} kinds[] = {
		{"rsvd", "reserved"},
		{"free", "in use"},
		{"surp", "too many"},
	};
	const char *entry = getenv("HUGEPROOF_LEAKED");
	char name[128], pool_size[16], counter[32], size[16];
	long change;

	hp_size_name(size, sizeof(size), hp_page_size);
	for (; entry && *entry; entry = strchr(entry, ',')) {
		entry += strspn(entry, ", ");
		if (sscanf(entry, "%127[^:]: hugetlb.%15[^.].%31s %ld", name, pool_size,
			   counter, &change) != 4 ||
		    strcmp(pool_size, size))
			continue;
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
			if (strcmp(counter, kinds[i].counter))
				continue;
			/* A change of free is the opposite change of pages in use. */
			change = strcmp(counter, "free") ? change : -change;
			UNMET(reason,
			      "needs the pool to itself, but %s left %ld page%s %s: "
			      "reboot, or run it in the lab",
			      name, change, change == 1 ? "" : "s", kinds[i].what);
			return true;
		}
	}
	return false;
}

static void need_pool(const char *arg, struct reason *reason)
{
	struct hp_hugetlb_counts pool;

	char who[160];

	(void)arg;
	need_root(arg, reason);
	if (hp_pool_shared(who, sizeof(who))) {
		UNMET(reason,
		      "needs the pool to itself, but it is used by %s: end that, or run it "
		      "in the lab",
		      who);
		return;
	}
	pool_or_bail(&pool);
	if ((pool.free != pool.total || pool.rsvd || pool.surp) && !report_leak(reason))
		UNMET(reason,
		      "needs the pool to itself, but of %ld pages %ld are in use and %ld "
		      "reserved: end the programs that use huge pages (grep -l "
		      "KernelPageSize, "
		      "ipcs -m, hugetlbfs mounts), or run it in the lab",
		      pool.total, pool.total - pool.free, pool.rsvd);
}

static void need_overcommit(const char *arg, struct reason *reason)
{
	char path[128], value[32];
	long limit;
	int error;

	(void)arg;
	need_root(arg, reason);
	hp_hugetlb_path(path, sizeof(path), hp_page_size, "nr_overcommit_hugepages");
	error = hp_read_long(path, &limit);
	if (!error) {
		/* Writing the present value checks whether the file can be written. */
		snprintf(value, sizeof(value), "%ld", limit);
		error = hp_write_text(path, value);
	}
	if (error == -EINVAL)
		UNMET(reason,
		      "needs surplus pages, which this kernel does not have of this "
		      "size (gigantic pages): run it with a smaller size");
	else if (error && !reason->buf[0])
		UNMET(reason, "needs %s to be writable: %s", path, strerror(-error));
}

static void write_pool_size(long pages)
{
	char path[128], value[32];
	int error;

	snprintf(value, sizeof(value), "%ld", pages);
	error = hp_write_text(
		hp_hugetlb_path(path, sizeof(path), hp_page_size, "nr_hugepages"), value);
	/* In a container the file is read-only: handled like a pool without free pages. */
	if (error && error != -EROFS && error != -EACCES && error != -EPERM)
		hp_bail("cannot write %s to %s: %s", value, path, strerror(-error));
}

static long failed_allocations(void)
{
	struct hp_vmstat events;

	return hp_vmstat_read(&events) ? 0
				       : hp_vmstat_count(&events, "htlb_buddy_alloc_fail");
}

/*
 * Grows the pool to this many persistent pages, with compaction in between, until it has
 * them or GROW_SECONDS have passed: freed pages may take a while to reach the buddy
 * allocator. *pool is the result; returns how often the allocator had no block.
 */
#define GROW_SECONDS 2

static long grow_pool(long pages, struct hp_hugetlb_counts *pool)
{
	int64_t end = hp_deadline_ns(GROW_SECONDS);
	long failed = failed_allocations();

	hp_undo_pool(hp_page_size);
	for (;;) {
		write_pool_size(pages);
		pool_or_bail(pool);
		if (pool->total - pool->surp >= pages || hp_now_ns() >= end)
			break;
		hp_write_text("/proc/sys/vm/compact_memory", "1");
	}
	hp_undo_wrote_pool(hp_page_size);
	return failed_allocations() - failed;
}

/* The only need that changes the machine: it grows the pool for the program. */
static void need_hugetlb(const char *arg, struct reason *reason)
{
	struct hp_hugetlb_counts pool;
	char meminfo[8192], size[16];
	long want = atol(arg), missing, available_kb, failed;

	pool_or_bail(&pool);
	missing = want - (pool.free - pool.rsvd);
	if (missing <= 0)
		return;
	hp_size_name(size, sizeof(size), hp_page_size);
	if (geteuid()) {
		UNMET(reason,
		      "needs %ld available pages of %s, the pool has %ld: run it as root, "
		      "or enlarge the pool",
		      want, size, pool.free - pool.rsvd);
		return;
	}
	if (hp_read_text("/proc/meminfo", meminfo, sizeof(meminfo)) < 0)
		meminfo[0] = '\0';
	available_kb = hp_field(meminfo, "MemAvailable");
	/* Leave a fifth to the rest of the system. */
	if (missing > available_kb / 5 * 4 / (long)(hp_page_size / 1024)) {
		UNMET(reason,
		      "needs %ld more pages of %s, and %ld MB of memory are available: run "
		      "it on a larger machine, or in the lab with more --memory",
		      missing, size, available_kb / 1024);
		return;
	}
	failed = grow_pool(pool.total - pool.surp + missing, &pool);
	if (pool.free - pool.rsvd < want)
		UNMET(reason,
		      "needs %ld available pages of %s and got %ld, also after compaction: "
		      "%ld MB are available, in %ld free blocks of that size, and the page "
		      "allocator had none %ld times (htlb_buddy_alloc_fail): reserve the "
		      "pages at boot or run it in the lab",
		      want, size, pool.free - pool.rsvd, available_kb / 1024,
		      hp_free_blocks(hp_page_size), failed);
}

/* Each checks the argument after a need's colon. */
static bool is_number(const char *arg)
{
	return *arg >= '1' && *arg <= '9' && !arg[strspn(arg, "0123456789")];
}

static bool is_capability(const char *arg)
{
	return capability_named(arg);
}

static const struct argument {
	bool (*fits)(const char *arg);
	const char *form;
} number_of_nodes = {is_number, "a number of nodes"},
  number_of_pages = {is_number, "a number of pages"},
  known_capability = {is_capability, "a known capability"};

static const struct need {
	const char *name;
	void (*check)(const char *arg, struct reason *reason);
	const struct argument *takes;
} needs[] = {
	{"root", need_root, NULL},
	{"cap:", need_cap, &known_capability},
	{"nodes:", need_nodes, &number_of_nodes},
	{"migration", need_migration, NULL},
	{"pagemap", need_pagemap, NULL},
	{"pool:control", need_pool, NULL},
	{"overcommit", need_overcommit, NULL},
	{"memory-failure", need_memory_failure, NULL},
	{"memory-block", need_memory_block, NULL},
	{"poison", need_poison, NULL},
	{"fault-injection", need_fault_injection, NULL},
	{"hmm", need_hmm, NULL},
	{"swap", need_swap, NULL},
	{"soft-dirty", need_soft_dirty, NULL},
	{"shmem-thp", need_shmem_thp, NULL},
	{"thp", need_thp, NULL},
	{"unpoison", need_unpoison, NULL},
	{"zero-page", need_zero_page, NULL},
	{"hugetlb:", need_hugetlb, &number_of_pages},
};

/* Sets *arg to what follows the name; returns NULL if there is no such need. */
static const struct need *need_of(const char *text, const char **arg)
{
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		*arg = text + strlen(needs[i].name);
		if (needs[i].takes ? !strncmp(text, needs[i].name, *arg - text)
				   : !strcmp(text, needs[i].name))
			return &needs[i];
	}
	return NULL;
}

static const char *wrong_need(const char *text, char *buf, size_t len)
{
	const char *arg;
	const struct need *need = need_of(text, &arg);

	if (!need)
		snprintf(buf, len, "unknown need: %s", text);
	else if (need->takes && !need->takes->fits(arg))
		snprintf(buf, len, "need %s is not followed by %s: %s", need->name,
			 need->takes->form, text);
	else
		return NULL;
	return buf;
}

/* The arguments of all hp_case_needs(). Weak: a program without any has no such section. */
extern const char *const __start_hp_case_needs[] __attribute__((weak));
extern const char *const __stop_hp_case_needs[] __attribute__((weak));

const char *hp_wrong_needs(char *buf, size_t len)
{
	for (const char *const *need = hp_program.needs; need && *need; need++)
		if (wrong_need(*need, buf, len))
			return buf;
	for (const char *const *need = __start_hp_case_needs; need != __stop_hp_case_needs;
	     need++)
		if (wrong_need(*need, buf, len))
			return buf;
	return NULL;
}

const char *hp_need_unmet(const char *text, char *buf, size_t len)
{
	struct reason reason = {buf, len};
	const char *arg;
	const struct need *need = need_of(text, &arg);

	if (wrong_need(text, buf, len))
		hp_bail("%s", buf);
	buf[0] = '\0';
	need->check(arg, &reason);
	return buf[0] ? buf : NULL;
}

void hp_case_needs_at(const char *need)
{
	char buf[512];
	const char *reason = hp_need_unmet(need, buf, sizeof(buf));

	if (reason)
		hp_skip_case("%s", reason);
}

void hp_case_needs_pages(size_t pages)
{
	char need[48];

	snprintf(need, sizeof(need), "hugetlb:%zu", pages);
	hp_case_needs_at(need);
}
