// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Operations on huge pages that were undone leak no kernel memory: no reservation map or
 * region, no policy, no lock of a mapping, no cgroup and no page.
 */
#include "hugeproof.h"

#include <fcntl.h>
#include <linux/mempolicy.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#define PAGES 4

static const char *mount_point, *group;

static char *map(size_t pages, int flags, int fd)
{
	char *addr = mmap(
		NULL, pages * hp_page_size, PROT_READ | PROT_WRITE,
		flags | (fd < 0 ? MAP_ANONYMOUS | MAP_HUGETLB | hp_size_flag(hp_page_size)
				: 0),
		fd, 0);

	hp_check(addr != MAP_FAILED);
	return addr;
}

static void unmap(char *addr, size_t pages)
{
	hp_check_ok(munmap(addr, pages * hp_page_size));
}

static char *nth(char *addr, size_t n)
{
	return addr + n * hp_page_size;
}

static void touch(char *addr, size_t n)
{
	*(volatile char *)nth(addr, n) = 1;
}

static int file(void)
{
	int fd = hp_check_ok(
		open(hp_path_in(mount_point, "file"), O_CREAT | O_RDWR | O_CLOEXEC, 0600));

	hp_check_ok(unlink(hp_path_in(mount_point, "file")));
	hp_check_ok(ftruncate(fd, (off_t)(PAGES * hp_page_size)));
	return fd;
}

static void private(void *arg)
{
	char *addr = map(PAGES, MAP_PRIVATE, -1);

	(void)arg;
	touch(addr, 0);
	touch(addr, 2);
	unmap(addr, PAGES);
}

static void shared(void *arg)
{
	char *addr = map(PAGES, MAP_SHARED, -1);

	(void)arg;
	touch(addr, 0);
	touch(addr, 2);
	unmap(addr, PAGES);
}

static void untouched(void *arg)
{
	(void)arg;
	unmap(map(PAGES, MAP_PRIVATE, -1), PAGES);
	unmap(map(PAGES, MAP_SHARED, -1), PAGES);
	unmap(map(PAGES, MAP_PRIVATE | MAP_NORESERVE, -1), PAGES);
	unmap(map(PAGES, MAP_SHARED | MAP_NORESERVE, -1), PAGES);
}

static void in_parts(void *arg)
{
	char *addr = map(PAGES, MAP_PRIVATE, -1);

	(void)arg;
	touch(addr, 1);
	unmap(nth(addr, 1), 1);
	hp_check_ok(mprotect(nth(addr, 2), hp_page_size, PROT_READ));
	unmap(nth(addr, 3), 1);
	unmap(nth(addr, 2), 1);
	unmap(addr, 1);
	addr = map(PAGES, MAP_SHARED, -1);
	touch(addr, 1);
	unmap(nth(addr, 1), 1);
	hp_check_ok(mprotect(nth(addr, 2), hp_page_size, PROT_READ));
	unmap(nth(addr, 2), 2);
	unmap(addr, 1);
}

/* Both ends of a mapping of either kind are moved. */
static void moved(void *arg)
{
	static const int flags[] = {MAP_PRIVATE, MAP_SHARED};

	(void)arg;
	for (int i = 0; i < 2; i++) {
		char *addr = map(2, flags[i], -1);
		char *room = map(2, MAP_PRIVATE | MAP_NORESERVE, -1);

		touch(addr, 0);
		hp_check(mremap(addr, 2 * hp_page_size, 2 * hp_page_size,
				MREMAP_MAYMOVE | MREMAP_FIXED, room) == room);
		hp_check(mremap(room, 2 * hp_page_size, hp_page_size, 0) == room);
		unmap(room, 1);
	}
}

static void forked(void *arg)
{
	char *addr = map(2, MAP_PRIVATE, -1), *both = map(1, MAP_SHARED, -1);

	(void)arg;
	touch(addr, 0);
	touch(addr, 1);
	touch(both, 0);
	hp_in_child() {
		touch(addr, 0);
		unmap(nth(addr, 1), 1);
		touch(both, 0);
	}
	touch(addr, 0);
	unmap(addr, 2);
	unmap(both, 1);
}

static void refused(void *arg)
{
	const size_t many = 1UL << 20;

	(void)arg;
	for (int i = 0; i < 2; i++)
		hp_check(mmap(NULL, many * hp_page_size, PROT_READ | PROT_WRITE,
			      (i ? MAP_SHARED : MAP_PRIVATE) | MAP_ANONYMOUS | MAP_HUGETLB |
				      hp_size_flag(hp_page_size),
			      -1, 0) == MAP_FAILED);
}

static void of_file(void *arg)
{
	int fd = file();
	char *addr = map(PAGES, MAP_SHARED, fd);
	char *own = map(PAGES, MAP_PRIVATE, fd);

	(void)arg;
	touch(addr, 0);
	touch(addr, 2);
	touch(own, 0);
	hp_check_ok(fallocate(fd, 0, (off_t)hp_page_size, (off_t)hp_page_size));
	hp_check_ok(hp_punch(fd, 0, hp_page_size));
	hp_check_ok(ftruncate(fd, (off_t)hp_page_size));
	unmap(addr, PAGES);
	unmap(own, PAGES);
	hp_check_ok(close(fd));
}

/* Separate regions that are merged in the end. */
static void regions(void *arg)
{
	int fd = file();

	(void)arg;
	for (int n = 0; n < PAGES; n += 2)
		hp_check_ok(fallocate(fd, 0, (off_t)((size_t)n * hp_page_size),
				      (off_t)hp_page_size));
	for (int n = 1; n < PAGES; n += 2) {
		char *addr = mmap(NULL, hp_page_size, PROT_READ | PROT_WRITE, MAP_SHARED,
				  fd, (off_t)((size_t)n * hp_page_size));

		hp_check(addr != MAP_FAILED);
		unmap(addr, 1);
	}
	hp_check_ok(hp_punch(fd, hp_page_size, 2 * hp_page_size));
	hp_check_ok(close(fd));
}

static void special_files(void *arg)
{
	const char *path = hp_path_in(mount_point, "node");
	struct stat status;
	int fd;

	(void)arg;
	hp_check_ok(mkdir(path, 0700));
	hp_check_ok(rmdir(path));
	/* hugetlbfs refuses those that need a page of the page cache. */
	if (!symlink("somewhere else", path))
		hp_check_ok(unlink(path));
	hp_check_ok(mkfifo(path, 0600));
	fd = hp_check_ok(open(path, O_RDWR | O_CLOEXEC));
	hp_check_ok(close(fd));
	hp_check_ok(unlink(path));
	/* /dev/zero and a disk; the mount may forbid opening them. */
	hp_check_ok(mknod(path, S_IFCHR | 0600, makedev(1, 5)));
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd >= 0)
		hp_check_ok(close(fd));
	hp_check_ok(unlink(path));
	hp_check_ok(mknod(path, S_IFBLK | 0600, makedev(1, 0)));
	hp_check_ok(stat(path, &status));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		hp_check_ok(close(fd));
	hp_check_ok(unlink(path));
}

static void nameless(void *arg)
{
	int fd;

	(void)arg;
	fd = hp_check_ok(open(mount_point, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
	hp_check_ok(fallocate(fd, 0, 0, (off_t)hp_page_size));
	hp_check_ok(close(fd));
	fd = hp_hugetlb_file();
	hp_check_ok(fallocate(fd, 0, 0, (off_t)hp_page_size));
	hp_check_ok(close(fd));
}

static void segment(void *arg)
{
	int id = hp_check_ok(
		shmget(IPC_PRIVATE, hp_page_size,
		       IPC_CREAT | 0600 | SHM_HUGETLB | (int)hp_size_flag(hp_page_size)));
	char *addr = shmat(id, NULL, 0);

	(void)arg;
	hp_check_ok(shmctl(id, IPC_RMID, NULL));
	hp_check(addr != (void *)-1);
	touch(addr, 0);
	hp_check_ok(shmdt(addr));
	hp_check(shmget(IPC_PRIVATE, hp_page_size << 20,
			IPC_CREAT | 0600 | SHM_HUGETLB | (int)hp_size_flag(hp_page_size)) <
		 0);
}

/* Mounts with each line of options, alone and followed by an unknown one. */
static void mounted(void *arg)
{
	char options[160];

	(void)arg;
	for (int good = 0; good < 2; good++) {
		snprintf(options, sizeof(options),
			 "pagesize=%zuk,size=%zuk,min_size=%zuk,nr_inodes=10%s",
			 hp_page_size >> 10, hp_page_size >> 9, hp_page_size >> 10,
			 good ? "" : ",nobody_knows=1");
		hp_check_eq(mount("hugeproof", mount_point, "hugetlbfs", 0, options),
			    good ? 0 : -1);
	}
	hp_check_ok(umount2(mount_point, 0));
	/* More than the pool can reserve. */
	snprintf(options, sizeof(options), "pagesize=%zuk,min_size=%zuM",
		 hp_page_size >> 10, hp_page_size);
	hp_check_eq(mount("hugeproof", mount_point, "hugetlbfs", 0, options), -1);
}

static long bind_part(char *addr, size_t bytes, int mode, unsigned long nodes)
{
	return syscall(SYS_mbind, addr, bytes, mode, nodes ? &nodes : NULL,
		       nodes ? 8 * sizeof(nodes) : 0, 0);
}

static void policies(void *arg)
{
	char *addr = map(PAGES, MAP_PRIVATE, -1);
	unsigned long node = 1;

	(void)arg;
	hp_check_ok(bind_part(addr, PAGES * hp_page_size, MPOL_BIND, 1));
	hp_check_ok(bind_part(nth(addr, 1), hp_page_size, MPOL_PREFERRED, 1));
	hp_check_ok(bind_part(nth(addr, 2), hp_page_size, MPOL_DEFAULT, 0));
	hp_check_eq(bind_part(addr, hp_page_size, MPOL_BIND, 1UL << (8 * sizeof(long) - 2)),
		    -1);
	hp_check_eq(bind_part(addr, hp_page_size, 77, 1), -1);
	touch(addr, 1);
	unmap(addr, PAGES);
	/* Beyond the end of the mapping. */
	addr = map(2, MAP_SHARED, -1);
	unmap(nth(addr, 1), 1);
	hp_check_eq(bind_part(addr, 2 * hp_page_size, MPOL_BIND, 1), -1);
	unmap(addr, 1);
	hp_check_ok(syscall(SYS_set_mempolicy, MPOL_BIND, &node, 8 * sizeof(node)));
	hp_check_eq(syscall(SYS_set_mempolicy, 77, &node, 8 * sizeof(node)), -1);
	hp_in_child() {
		unmap(map(1, MAP_PRIVATE, -1), 1);
	}
	hp_check_ok(syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0));
}

static void advised(void *arg)
{
	char *addr = map(PAGES, MAP_SHARED, -1);

	(void)arg;
	touch(addr, 0);
	touch(addr, 1);
	hp_check_ok(mlock(addr, 2 * hp_page_size));
	hp_check_ok(munlock(nth(addr, 1), hp_page_size));
	hp_check_ok(madvise(nth(addr, 1), hp_page_size, MADV_DONTFORK));
	hp_check_ok(madvise(nth(addr, 1), hp_page_size, MADV_DOFORK));
	hp_check_ok(madvise(nth(addr, 1), hp_page_size, MADV_REMOVE));
	hp_check_ok(madvise(nth(addr, 2), hp_page_size, MADV_WILLNEED));
	unmap(addr, PAGES);
}

static void touch_first(void *arg)
{
	touch(arg, 0);
}

static void limited(void *arg)
{
	(void)arg;
	hp_check_ok(mkdir(hp_path_in(group, "below"), 0755));
	hp_in_child() {
		char *addr;

		hp_cgroup_enter(hp_path_in(group, "below"));
		addr = map(PAGES, MAP_PRIVATE, -1);
		touch(addr, 0);
		unmap(nth(addr, 1), 1);
		hp_check_ok(mprotect(nth(addr, 2), hp_page_size, PROT_READ));
		hp_wait_ok(hp_fork(touch_first, addr));
		unmap(nth(addr, 2), 2);
		addr = map(PAGES, MAP_SHARED, -1);
		touch(addr, 1);
		unmap(nth(addr, 2), 1);
	}
	hp_check_ok(rmdir(hp_path_in(group, "below")));
}

/* Maps a file page by page, so that the reserved regions are merged. */
static void limited_regions(void *arg)
{
	(void)arg;
	hp_check_ok(mkdir(hp_path_in(group, "below"), 0755));
	hp_in_child() {
		int fd;

		hp_cgroup_enter(hp_path_in(group, "below"));
		fd = hp_hugetlb_file();
		hp_check_ok(ftruncate(fd, (off_t)(PAGES * hp_page_size)));
		for (size_t n = 0; n < PAGES; n++) {
			size_t at = (n * 2 + n / 2) % PAGES;
			char *addr = mmap(NULL, hp_page_size, PROT_READ | PROT_WRITE,
					  MAP_SHARED, fd, (off_t)(at * hp_page_size));

			hp_check(addr != MAP_FAILED);
			touch(addr, 0);
			unmap(addr, 1);
		}
		hp_check_ok(hp_punch(fd, hp_page_size, 2 * hp_page_size));
	}
	hp_check_ok(rmdir(hp_path_in(group, "below")));
}

static void limit_reached(void *arg)
{
	(void)arg;
	hp_check_ok(mkdir(hp_path_in(group, "below"), 0755));
	hp_cgroup_limit(hp_path_in(group, "below"), "max", 1);
	hp_cgroup_limit(hp_path_in(group, "below"), "rsvd.max", 1);
	hp_in_child() {
		struct hp_area *area;

		hp_cgroup_enter(hp_path_in(group, "below"));
		for (int i = 0; i < 2; i++)
			hp_check_errno(hp_try_map_hugetlb(2, i ? MAP_SHARED : MAP_PRIVATE),
				       ENOMEM);
		area = hp_map_hugetlb(2, MAP_PRIVATE | MAP_NORESERVE);
		hp_touch(hp_nth_page(area, 0));
		hp_check_fault(area, hp_page(area, 1), HP_WRITE, SIGBUS, BUS_ADRERR);
	}
	hp_check_ok(rmdir(hp_path_in(group, "below")));
}

static const struct operation {
	struct hp_variant variant;
	void (*act)(void *arg);
	bool in_group, in_mount;
} operations[] = {
	{{"private", "a private mapping is touched and unmapped"}, private, false, false},
	{{"shared", "a shared mapping is touched and unmapped"}, shared, false, false},
	{{"untouched", "untouched mappings are unmapped"}, untouched, false, false},
	{{"in_parts", "parts of mappings are unmapped and protected"},
	 in_parts,
	 false,
	 false},
	{{"moved", "mappings are moved and shrunk"}, moved, false, false},
	{{"forked", "a child writes to inherited pages and exits"}, forked, false, false},
	{{"refused", "mmap fails for lack of pages"}, refused, false, false},
	{{"of_file", "a file is filled, punched and truncated"}, of_file, false, true},
	{{"regions", "scattered parts of a file are reserved"}, regions, false, true},
	{{"special_files", "directories, links, pipes and devices are removed"},
	 special_files,
	 false,
	 true},
	{{"nameless", "an O_TMPFILE gets a page"}, nameless, false, true},
	{{"segment", "System V segments are created, refused and removed"},
	 segment,
	 false,
	 false},
	{{"mounted", "hugetlbfs is mounted, refused and unmounted"}, mounted, false, true},
	{{"policies", "policies are set, changed in part and refused"},
	 policies,
	 false,
	 false},
	{{"advised", "pages are mlocked, advised and dropped"}, advised, false, false},
	{{"limited", "a cgroup whose processes mapped pages is removed"},
	 limited,
	 true,
	 false},
	{{"limited_regions", "a cgroup whose processes mapped parts of a file is removed"},
	 limited_regions,
	 true,
	 false},
	{{"limit_reached", "a cgroup that reached its limits is removed"},
	 limit_reached,
	 true,
	 false},
};

HP_ROW_CASES(balanced, "hugetlb leaks no kernel memory when %s", operations, operation)
{
	struct hp_hugetlb_counts start = hp_hugetlb();

	hp_need_balance();
	if (operation->act == policies)
		hp_need_policies();
	if (operation->in_group) {
		group = hp_cgroup("hugetlb");
		hp_undo_rmdir(hp_path_in(group, "below"));
		/* Its children have the controller as well. */
		hp_require(!hp_write_text(hp_path_in(group, "cgroup.subtree_control"),
					  "+hugetlb"),
			   "cannot hand on the hugetlb controller");
	}
	if (operation->in_mount)
		mount_point = hp_mount_hugetlbfs("");
	hp_check_balanced(HP_BALANCE_TIMES, operation->act, NULL);
	hp_check_hugetlb(start);
}

HP_PROGRAM(.summary = "operations on huge pages that were undone leak no kernel memory",
	   .page_sizes = HP_PMD_SIZE, .seconds = 60,
	   .needs = HP_NEEDS("hugetlb:8", "root", "cap:sys_admin"),
	   .sources = HP_SOURCES(
		   {"doc", "Documentation/admin-guide/mm/hugetlbpage.rst"},
		   {"commit", "58b6e5e8f1ad", "hugetlbfs: fix memory leak for resv_map"},
		   {"commit", "09a26e832705",
		    "hugetlb: fix hugetlb cgroup refcounting during vma split"}))
