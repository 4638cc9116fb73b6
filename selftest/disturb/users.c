// SPDX-License-Identifier: LGPL-2.1-or-later
/* Kinds that use huge pages while the suite runs, or change its settings. */
#include "disturb.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/mount.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define POOL_DEFAULT 40

/* Maps huge pages of the default size; NULL if there are none. */
static char *map_huge(size_t bytes, int flags)
{
	char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			    flags | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static void fill(char *memory, size_t bytes, char value)
{
	for (size_t at = 0; at < bytes; at += (size_t)huge_bytes())
		((volatile char *)memory)[at] = value;
}

int prepare_hugetlb(const char **file)
{
	*file = "the pool of huge pages";
	/* The pages, and their copies for a child. */
	return grow_pool(2 * options.pages);
}

/* One round: the child writes and gets copies, or is killed if the pool is empty. */
static bool use_pages(size_t bytes, int flags)
{
	char *memory = map_huge(bytes, flags);
	pid_t parent = getpid(), pid;

	if (!memory)
		return false;
	fill(memory, bytes, 'p');
	nap_random(0.005);
	pid = fork();
	if (!pid) {
		dies_with(parent);
		nap_random(0.005);
		fill(memory, bytes, 'c');
		_exit(0);
	}
	nap_random(0.005);
	fill(memory, bytes / 2, 'q');
	if (pid > 0)
		waitpid(pid, NULL, 0);
	munmap(memory, bytes);
	return true;
}

/* Counts a round, as successful or refused. */
static void end_round(struct figures *figures, bool good)
{
	if (good)
		figures->rounds++;
	else
		figures->refused++;
	figures->ready = true;
}

void work_hugetlb(struct figures *figures)
{
	size_t bytes = (size_t)(options.pages * huge_bytes());

	for (unsigned int pass = 0;; pass++) {
		end_round(figures, use_pages(bytes, pass % 2 ? MAP_SHARED : MAP_PRIVATE));
		nap_random(0.01);
	}
}

int prepare_neighbour(const char **file)
{
	*file = "the pool of huge pages";
	if (options.pool >= 0)
		return 0; /* set up by the main process, for all kinds */
	return grow_pool(POOL_DEFAULT);
}

void work_neighbour(struct figures *figures)
{
	size_t bytes = 2 * (size_t)huge_bytes();

	for (;;) {
		char *memory = map_huge(bytes, MAP_PRIVATE);

		if (memory) {
			fill(memory, bytes, 'n');
			nap(0.05);
			munmap(memory, bytes);
			figures->rounds++;
		} else {
			figures->refused++;
			nap(0.05);
		}
		figures->ready = true;
		nap(0.05);
	}
}

/*
 * A detached mount of tmpfs, which is invisible and goes away with its descriptor. Returns
 * a directory descriptor, or -errno.
 */
static int huge_tmpfs(void)
{
	int fs = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC), fd;

	if (fs < 0)
		return -errno;
	if (syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "huge", "always", 0) ||
	    syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		fd = -errno;
	else
		fd = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
	if (fd == -1)
		fd = -errno;
	close(fs);
	return fd;
}

int prepare_tmpfs(const char **file)
{
	int fd = huge_tmpfs();

	*file = "tmpfs with huge=always";
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static bool use_file(int folder, size_t bytes)
{
	static char block[1 << 16];
	int fd = openat(folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	long huge = huge_bytes();
	char *memory;

	if (fd < 0)
		return false;
	memset(block, 'w', sizeof(block));
	for (size_t at = 0; at < bytes / 2; at += sizeof(block))
		if (pwrite(fd, block, sizeof(block), (off_t)at) < 0)
			break;
	if (ftruncate(fd, (off_t)bytes)) {
		close(fd);
		return false;
	}
	memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory != MAP_FAILED)
		touch(memory, bytes, 'm');
	/* Punching and truncating within huge pages splits them. */
	for (long at = 0; at < (long)bytes; at += 2 * huge)
		fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at + huge / 2,
			  huge / 8);
	if (ftruncate(fd, (off_t)(bytes / 2 + (size_t)huge / 4)))
		nap(0);
	if (memory != MAP_FAILED)
		munmap(memory, bytes);
	close(fd);
	return memory != MAP_FAILED;
}

void work_tmpfs(struct figures *figures)
{
	int folder = huge_tmpfs();

	for (;;) {
		end_round(figures, use_file(folder, 4 * (size_t)huge_bytes()));
		nap_random(0.02);
	}
}

int prepare_admin(const char **file)
{
	*file = "/proc/sys/vm/nr_hugepages";
	return access(*file, W_OK) ? -errno : 0;
}

static void change_once(struct figures *figures, const char *path, const char *value)
{
	char was[64] = "";
	int wrong = read_word(path, was, sizeof(was));

	wrong = wrong ?: change_by_hand(path, value);
	if (wrong) {
		snprintf(figures->note, sizeof(figures->note), "%.60s: %s", path,
			 strerror(-wrong));
		return;
	}
	printf("admin: %s was %s, is set to %s\n", path, was, value);
	fflush(stdout);
	figures->rounds++;
}

/* Sets one of two words, whichever differs from the present value. */
static void change_word(struct figures *figures, const char *path, const char *one,
			const char *other)
{
	char was[64] = "";

	if (!read_word(path, was, sizeof(was)))
		change_once(figures, path, strcmp(was, one) ? one : other);
}

void work_admin(struct figures *figures)
{
	char path[128], value[32];
	long pages = pool_pages();

	figures->ready = true;
	while (!figures->go)
		nap(0.01);
	nap(options.after);
	snprintf(path, sizeof(path),
		 "/sys/kernel/mm/hugepages/hugepages-%ldkB/nr_hugepages",
		 huge_bytes() / 1024);
	snprintf(value, sizeof(value), "%ld", (pages = pool_pages()) + 3);
	if (pages >= 0)
		change_once(figures, path, value);
	change_word(figures, THP "enabled", "madvise", "always");
	change_word(figures, THP "defrag", "defer+madvise", "madvise");
	change_word(figures, KHUGEPAGED "max_ptes_none", "255", "511");
	for (;;)
		pause();
}

int prepare_kmsg(const char **file)
{
	*file = "/dev/kmsg";
	return access(*file, W_OK) ? -errno : 0;
}

/* Reopened for each line, since the kernel limits the rate per open file. */
void work_kmsg(struct figures *figures)
{
	char line[100];

	for (;;) {
		for (int i = 0; i < 20; i++) {
			int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
			int length = snprintf(line, sizeof(line),
					      "<7>disturb: line %lu, which means nothing\n",
					      (unsigned long)figures->rounds);

			if (fd >= 0 && write(fd, line, (size_t)length) == length)
				figures->rounds++;
			else
				figures->refused++;
			if (fd >= 0)
				close(fd);
		}
		figures->ready = true;
		nap(0.01);
	}
}
