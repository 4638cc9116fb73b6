// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Operations on huge tmpfs files that were undone leak no kernel memory: no page, policy or
 * name; and the counters are as before.
 */
#include "hugeproof.h"

#include <fcntl.h>
#include <linux/mempolicy.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

#define PAGES 2
#define SIZE  (PAGES * hp_pmd_size)
#define HALF  (hp_pmd_size / 2)
#define MOST  (32 * hp_pmd_size) /* size of the mounted file system */

static const char *mount_point;

static const char *path(const char *name)
{
	return hp_path_in(mount_point, name);
}

static int file(void)
{
	int fd = hp_check_ok(open(path("file"), O_CREAT | O_RDWR | O_CLOEXEC, 0600));

	hp_check_ok(unlink(path("file")));
	hp_check_ok(ftruncate(fd, (off_t)SIZE));
	return fd;
}

/* A PMD-aligned mapping of a file. */
static char *map(int fd, int flags)
{
	char *room = mmap(NULL, SIZE + hp_pmd_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);
	char *at;

	hp_check(room != MAP_FAILED);
	at = (char *)(((uintptr_t)room + hp_pmd_size - 1) & ~(hp_pmd_size - 1));
	hp_check(mmap(at, SIZE, PROT_READ | PROT_WRITE, flags | MAP_FIXED, fd, 0) == at);
	if (at > room)
		hp_check_ok(munmap(room, at - room));
	if (at < room + hp_pmd_size)
		hp_check_ok(munmap(at + SIZE, room + hp_pmd_size - at));
	return at;
}

static void touch(char *addr)
{
	for (size_t n = 0; n < PAGES; n++)
		*(volatile char *)(addr + n * hp_pmd_size) = 1;
}

static void done(char *addr, int fd)
{
	hp_check_ok(munmap(addr, SIZE));
	hp_check_ok(close(fd));
}

static void touched(void *arg)
{
	int fd = file();
	char *addr = map(fd, MAP_SHARED);

	(void)arg;
	touch(addr);
	done(addr, fd);
}

static void cut(void *arg)
{
	int fd = file();
	char *addr = map(fd, MAP_SHARED);

	(void)arg;
	touch(addr);
	hp_check_ok(hp_punch(fd, (off_t)hp_base_size, HALF));
	hp_check_ok(munmap(addr + HALF, hp_base_size));
	hp_check_ok(mprotect(addr, hp_base_size, PROT_READ));
	hp_check_ok(ftruncate(fd, (off_t)(hp_pmd_size + HALF + 7)));
	hp_check_ok(ftruncate(fd, (off_t)SIZE));
	touch(addr + hp_base_size);
	done(addr, fd);
}

static void copied(void *arg)
{
	int fd = file();
	char *addr = map(fd, MAP_SHARED), *own = map(fd, MAP_PRIVATE);

	(void)arg;
	touch(addr);
	(void)*(volatile char *)own;
	*(volatile char *)(own + hp_base_size) = 2;
	hp_in_child() {
		*(volatile char *)own = 3;
		*(volatile char *)addr = 3;
	}
	hp_check_ok(hp_punch(fd, 0, hp_pmd_size));
	hp_check_ok(munmap(own, SIZE));
	done(addr, fd);
}

static void preallocated(void *arg)
{
	int fd = file();
	char byte = 1;

	(void)arg;
	hp_check_ok(fallocate(fd, 0, 0, (off_t)HALF));
	hp_check_ok(fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t)SIZE, (off_t)hp_pmd_size));
	hp_check_eq(pwrite(fd, &byte, 1, (off_t)(SIZE - 1)), 1);
	/* More than the size of the mount. */
	hp_check_eq(fallocate(fd, 0, 0, 2 * (off_t)MOST), -1);
	hp_check_ok(close(fd));
}

static void collapsed(void *arg)
{
	int fd = hp_check_ok(memfd_create("collapsed", MFD_CLOEXEC));
	char *addr;

	(void)arg;
	hp_check_ok(ftruncate(fd, (off_t)SIZE));
	addr = map(fd, MAP_SHARED);
	hp_check_ok(madvise(addr, SIZE, MADV_NOHUGEPAGE));
	for (size_t at = 0; at < SIZE; at += 8 * hp_base_size)
		*(volatile char *)(addr + at) = 1;
	hp_check_ok(madvise(addr, SIZE, MADV_HUGEPAGE));
	if (madvise(addr, hp_pmd_size, MADV_COLLAPSE) && errno == EINVAL)
		hp_skip_case("needs MADV_COLLAPSE (Linux 6.1): run it in the lab");
	hp_check_ok(mprotect(addr, hp_base_size, PROT_READ));
	hp_check_ok(munmap(addr + HALF, hp_base_size));
	done(addr, fd);
}

static void locked(void *arg)
{
	int fd = file();
	char *addr = map(fd, MAP_SHARED);

	(void)arg;
	hp_check_ok(mlock(addr, SIZE));
	hp_check_ok(munlock(addr, HALF));
	hp_check_ok(hp_punch(fd, (off_t)hp_pmd_size, hp_pmd_size));
	hp_in_child() {
		hp_check_ok(mlock(addr, hp_pmd_size));
	}
	done(addr, fd);
}

static void swapped(void *arg)
{
	int fd = file();
	char *addr = map(fd, MAP_SHARED);

	(void)arg;
	touch(addr);
	hp_check_ok(madvise(addr, SIZE, MADV_PAGEOUT));
	hp_check_ok(madvise(addr, SIZE, MADV_PAGEOUT));
	(void)*(volatile char *)addr;
	*(volatile char *)(addr + hp_base_size) = 2;
	hp_check_ok(hp_punch(fd, (off_t)hp_pmd_size, HALF));
	done(addr, fd);
}

static void policies(void *arg)
{
	int fd = file();
	char *addr = map(fd, MAP_SHARED);
	unsigned long node = 1;

	(void)arg;
	for (size_t i = 0; i < 8; i++)
		hp_check_ok(syscall(SYS_mbind, addr + i * (SIZE / 8), SIZE / 8,
				    i & 1 ? MPOL_BIND : MPOL_PREFERRED, &node,
				    8 * sizeof(node), 0));
	touch(addr);
	/* Across two parts, and inside one. */
	hp_check_ok(syscall(SYS_mbind, addr + SIZE / 16, SIZE / 8, MPOL_BIND, &node,
			    8 * sizeof(node), 0));
	hp_check_ok(syscall(SYS_mbind, addr + SIZE / 4 + hp_base_size, hp_base_size,
			    MPOL_PREFERRED, &node, 8 * sizeof(node), 0));
	hp_check_eq(syscall(SYS_mbind, addr, SIZE, 77, &node, 8 * sizeof(node), 0), -1);
	hp_check_ok(syscall(SYS_mbind, addr, HALF, MPOL_DEFAULT, NULL, 0, 0));
	done(addr, fd);
}

/* Mounts with each line of options, alone and followed by a bad one. */
static void mounted(void *arg)
{
	static const char *const wrong[] = {"", ",nobody_knows=1", ",mpol=nothing",
					    ",huge=sometimes", ",mpol=prefer:0,size=x"};
	char options[160];

	(void)arg;
	for (size_t i = 5; i-- > 0;) {
		snprintf(options, sizeof(options),
			 "size=%zu,nr_inodes=100,huge=always,mpol=bind:0%s", MOST,
			 wrong[i]);
		hp_check_eq(mount("hugeproof", mount_point, "tmpfs", 0, options),
			    i ? -1 : 0);
	}
	touched(NULL);
	hp_check_ok(
		mount(NULL, mount_point, NULL, MS_REMOUNT, "mpol=prefer:0,huge=advise"));
	hp_check_eq(
		mount(NULL, mount_point, NULL, MS_REMOUNT, "mpol=bind:0,nobody_knows=1"),
		-1);
	hp_check_eq(mount(NULL, mount_point, NULL, MS_REMOUNT, "mpol=bind:0,noswap"), -1);
	touched(NULL);
	hp_check_ok(umount2(mount_point, 0));
}

static void need_attributes(void)
{
	if (setxattr(mount_point, "trusted.hugeproof", "x", 1, 0) && errno == EOPNOTSUPP)
		hp_skip_case("needs extended attributes (CONFIG_TMPFS_XATTR): run it in "
			     "the lab");
}

static void names(void *arg)
{
	static char long_target[200], short_target[100];
	int fd;

	(void)arg;
	memset(long_target, 'x', sizeof(long_target) - 1);
	memset(short_target, 'y', sizeof(short_target) - 1);
	hp_check_ok(mkdir(path("a"), 0700));
	hp_check_ok(rename(path("a"), path("b")));
	hp_check_ok(rmdir(path("b")));
	hp_check_ok(symlink(short_target, path("a")));
	hp_check_ok(unlink(path("a")));
	hp_check_ok(symlink(long_target, path("a")));
	hp_check_ok(unlink(path("a")));
	hp_check_ok(mknod(path("a"), S_IFCHR | 0600, makedev(1, 5)));
	hp_check_ok(unlink(path("a")));
	fd = hp_check_ok(open(path("a"), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
	hp_check_ok(fallocate(fd, 0, 0, (off_t)hp_pmd_size));
	hp_check_ok(fsetxattr(fd, "trusted.hugeproof", "what an attribute holds", 23, 0));
	hp_check_ok(fsetxattr(fd, "trusted.hugeproof", "and what it holds later", 23, 0));
	hp_check_ok(link(path("a"), path("b")));
	hp_check_ok(unlink(path("a")));
	hp_check_ok(close(fd));
	fd = hp_check_ok(open(path("a"), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
	hp_check_ok(rename(path("a"), path("b")));
	hp_check_ok(unlink(path("b")));
	hp_check_ok(close(fd));
	fd = hp_check_ok(open(mount_point, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
	hp_check_ok(fallocate(fd, 0, 0, (off_t)hp_pmd_size));
	hp_check_ok(close(fd));
}

static void segment(void *arg)
{
	int id = hp_check_ok(shmget(IPC_PRIVATE, SIZE, IPC_CREAT | 0600));
	char *addr = shmat(id, NULL, 0);

	(void)arg;
	hp_check(addr != (void *)-1);
	hp_check_ok(shmctl(id, SHM_LOCK, NULL));
	*(volatile char *)addr = 1;
	hp_check_ok(shmctl(id, IPC_RMID, NULL));
	hp_in_child() {
		hp_check_ok(munmap(addr, hp_base_size));
	}
	hp_check_ok(shmdt(addr));
}

static void sealed(void *arg)
{
	int fd = hp_check_ok(memfd_create("sealed", MFD_CLOEXEC | MFD_ALLOW_SEALING));
	char *addr;

	(void)arg;
	hp_check_ok(ftruncate(fd, (off_t)SIZE));
	addr = map(fd, MAP_SHARED);
	hp_check_ok(madvise(addr, SIZE, MADV_HUGEPAGE));
	touch(addr);
	hp_check_eq(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
	hp_check_ok(
		fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE));
	hp_check_eq(ftruncate(fd, 0), -1);
	done(addr, fd);
}

static const struct operation {
	struct hp_variant variant;
	void (*act)(void *arg);
	bool swaps;
} operations[] = {
	{{"touched", "files of huge pages are created and removed"}, touched, false},
	{{"cut", "files of huge pages are punched, protected and truncated"}, cut, false},
	{{"copied", "private mappings of files of huge pages are written"}, copied, false},
	{{"preallocated", "fallocate succeeds and fails"}, preallocated, false},
	{{"collapsed", "a file is collapsed and truncated"}, collapsed, false},
	{{"locked", "huge pages of files are mlocked, split and munlocked"}, locked, false},
	{{"swapped", "huge pages of files are swapped out, and partly in again"},
	 swapped,
	 true},
	{{"policies", "parts of files have memory policies"}, policies, false},
	{{"mounted", "it is mounted, remounted, refused and unmounted"}, mounted, false},
	{{"names", "files get names, links and attributes"}, names, false},
	{{"segment", "System V segments are locked, split and removed"}, segment, false},
	{{"sealed", "sealing a file of huge pages succeeds and fails"}, sealed, false},
};

HP_ROW_CASES(balanced, "tmpfs leaks no kernel memory when %s", operations, operation)
{
	char options[64];

	hp_need_balance();
	if (operation->swaps)
		hp_case_needs("swap");
	/* Without CONFIG_NUMA, mount() refuses mpol=. */
	if (operation->act == policies || operation->act == mounted)
		hp_need_policies();
	snprintf(options, sizeof(options), "size=%zu,huge=always", MOST);
	mount_point = hp_mount_tmpfs(options);
	if (operation->act == names)
		need_attributes();
	hp_check_balanced(HP_BALANCE_TIMES, operation->act, NULL);
}

HP_PROGRAM(.summary = "operations on a huge tmpfs that were undone leak no kernel memory",
	   .page_sizes = HP_NO_PAGE_SIZE, .seconds = 60,
	   .needs = HP_NEEDS("shmem-thp", "root", "cap:sys_admin"),
	   .sources = HP_SOURCES({"doc", "Documentation/filesystems/tmpfs.rst"},
				 {"commit", "49cd0a5c2814",
				  "tmpfs: fix mempolicy object leaks"}))
