// SPDX-License-Identifier: LGPL-2.1-or-later
/* Kinds that keep kernel threads busy, and memory and CPUs scarce. */
#include "disturb.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define COMPACT "/proc/sys/vm/compact_memory"
#define DROP    "/proc/sys/vm/drop_caches"
#define MB      (1L << 20)

/* Maps memory; if that fails, records it and waits to be killed. */
static char *map(size_t bytes, struct figures *figures)
{
	char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory != MAP_FAILED)
		return memory;
	snprintf(figures->note, sizeof(figures->note), "no memory: %s", strerror(errno));
	figures->ready = true;
	for (;;)
		pause();
}

static int need(const char **file, const char *path)
{
	*file = path;
	return access(path, W_OK) ? -errno : 0;
}

static int set(const char **file, const char *path, const char *value)
{
	*file = path;
	return change(path, value);
}

int prepare_compaction(const char **file)
{
	return need(file, COMPACT);
}

void work_compaction(struct figures *figures)
{
	for (;;) {
		if (!write_word(COMPACT, "1"))
			figures->rounds++;
		figures->ready = true;
	}
}

int prepare_khugepaged(const char **file)
{
	char word[32];
	int wrong = set(file, KHUGEPAGED "scan_sleep_millisecs", "0");

	wrong = wrong ?: set(file, KHUGEPAGED "alloc_sleep_millisecs", "0");
	wrong = wrong ?: set(file, KHUGEPAGED "pages_to_scan", "1000000");
	wrong = wrong ?: set(file, KHUGEPAGED "defrag", "1");
	/* With THPs disabled, khugepaged does not run. */
	if (!wrong && !read_word(THP "enabled", word, sizeof(word)) &&
	    !strcmp(word, "never"))
		wrong = set(file, THP "enabled", "madvise");
	return wrong;
}

/*
 * Repeatedly creates memory for khugepaged to collapse. A round counts if khugepaged made
 * any progress: a full scan may take long if other processes have much memory to scan.
 */
void work_khugepaged(struct figures *figures)
{
	size_t bytes = 32 * MB;
	char *memory = map(bytes, figures);
	long done, before = 0, scans;

	for (;;) {
		madvise(memory, bytes, MADV_NOHUGEPAGE);
		touch(memory, bytes, 'k');
		madvise(memory, bytes, MADV_HUGEPAGE);
		nap(0.2);
		madvise(memory, bytes, MADV_DONTNEED);
		if (read_number(KHUGEPAGED "full_scans", NULL, &scans) ||
		    read_number(KHUGEPAGED "pages_collapsed", NULL, &done))
			continue;
		if (figures->ready && done + scans != before)
			figures->rounds++;
		before = done + scans;
		figures->ready = true;
	}
}

int prepare_thp_always(const char **file)
{
	int wrong = set(file, THP "enabled", "always");

	return wrong ?: set(file, THP "defrag", "always");
}

void work_thp_always(struct figures *figures)
{
	size_t bytes = 16 * MB;

	for (;;) {
		char *memory = map(bytes, figures);

		touch(memory, bytes, 't');
		munmap(memory, bytes);
		figures->rounds++;
		figures->ready = true;
		nap_random(0.02);
	}
}

int prepare_ksm(const char **file)
{
	char word[32];
	int wrong = 0;

	/* An active advisor overrides pages_to_scan. */
	if (!read_word(KSM "advisor_mode", word, sizeof(word)) && strcmp(word, "none"))
		wrong = set(file, KSM "advisor_mode", "none");
	wrong = wrong ?: set(file, KSM "sleep_millisecs", "0");
	wrong = wrong ?: set(file, KSM "pages_to_scan", "20000");
	return wrong ?: set(file, KSM "run", "1");
}

void work_ksm(struct figures *figures)
{
	size_t bytes = 16 * MB;
	char *memory = map(bytes, figures);
	unsigned int pass = 0;

	if (madvise(memory, bytes, MADV_MERGEABLE))
		snprintf(figures->note, sizeof(figures->note), "MADV_MERGEABLE: %s",
			 strerror(errno));
	for (;;) {
		/*
		 * The same contents for all pages, so that they are merged, and unshared by
		 * the next write.
		 */
		memset(memory, 'a' + (int)(pass++ % 8), bytes);
		figures->rounds++;
		figures->ready = true;
		nap(0.2);
	}
}

/* Restarted if the OOM killer kills it; then it uses the memory available by then. */
void work_memory(struct figures *figures)
{
	long available_kb = 0;
	size_t bytes;
	char *memory;

	write_word("/proc/self/oom_score_adj", "1000");
	read_number("/proc/meminfo", "MemAvailable", &available_kb);
	bytes = (size_t)available_kb * 1024 / 10 * 8;
	memory = map(bytes, figures);
	for (char pass = 1;; pass++) {
		touch(memory, bytes, pass);
		figures->rounds++;
		figures->ready = true;
	}
}

int prepare_cache(const char **file)
{
	return need(file, DROP);
}

/*
 * An unnamed sparse file, as large as the available memory. Reading its holes fills the
 * page cache without using the disk.
 */
static int large_file(off_t *bytes)
{
	int fd = open("/var/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	char path[] = "/var/tmp/disturb.XXXXXX";
	long available_kb = 0;

	if (fd < 0) {
		fd = mkstemp(path);
		if (fd < 0)
			return -1;
		unlink(path);
	}
	read_number("/proc/meminfo", "MemAvailable", &available_kb);
	*bytes = (off_t)available_kb * 1024;
	if (ftruncate(fd, *bytes)) {
		close(fd);
		return -1;
	}
	return fd;
}

void work_cache(struct figures *figures)
{
	off_t size = MB, bytes = 0;
	char *block = map((size_t)size, figures);
	int fd = large_file(&bytes);

	if (fd < 0)
		snprintf(figures->note, sizeof(figures->note), "no file in /var/tmp: %s",
			 strerror(errno));
	figures->ready = true;
	for (unsigned int pass = 0;; pass++) {
		/* Every eighth round fills all of the memory. */
		off_t end = pass % 8 == 7 || bytes < 1024 * MB ? bytes : 1024 * MB;

		if (!write_word(DROP, "3"))
			figures->rounds++;
		for (off_t at = 0; fd >= 0 && at < end; at += size)
			if (pread(fd, block, (size_t)size, at) < 0)
				break;
		if (fd < 0)
			nap(0.05);
	}
}

void work_burn(struct figures *figures)
{
	for (;;) {
		for (volatile int i = 0; i < 1000000; i++)
			;
		figures->rounds++;
		figures->ready = true;
	}
}

/*
 * Reads a file of /proc/PID to its end, during which it holds a reference to the process's
 * memory.
 */
static void read_of_process(const char *pid, const char *name)
{
	static char text[64 * 1024];
	char path[300];
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && read(fd, text, sizeof(text)) > 0)
		;
	if (fd >= 0)
		close(fd);
}

/* Like a monitoring tool with the lowest priority, which is preempted during its reads. */
void work_readers(struct figures *figures)
{
	errno = 0;
	if (nice(19) < 0 && errno)
		snprintf(figures->note, sizeof(figures->note), "nice: %s", strerror(errno));
	for (;;) {
		DIR *all = opendir("/proc");
		struct dirent *entry;

		while (all && (entry = readdir(all))) {
			if (!isdigit(entry->d_name[0]))
				continue;
			read_of_process(entry->d_name, "smaps");
			read_of_process(entry->d_name, "cmdline");
			figures->ready = true;
		}
		if (all)
			closedir(all);
		figures->rounds++;
	}
}
