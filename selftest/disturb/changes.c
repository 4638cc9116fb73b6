// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Changes of settings that are always restored. The old value is recorded, before the
 * change, in memory shared with a guardian process. The guardian reads from a pipe whose
 * other end all other processes hold open without writing, so the read returns when the
 * last of them has exited, by itself, by a signal or by the OOM killer.
 */
#include "disturb.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST 64

enum way { WRITE_BACK, BY_HAND, GIVE_BACK };

struct entry {
	enum way way;
	char path[128], was[64], set[64];
	long pages;
};

static struct changes {
	_Atomic int n;
	struct entry entry[MOST];
} * changes;

static int alive[2];

static const char *pool_path(const char *file)
{
	static char path[128];

	snprintf(path, sizeof(path), "/sys/kernel/mm/hugepages/hugepages-%ldkB/%s",
		 huge_bytes() / 1024, file);
	return path;
}

/*
 * The persistent pages of the pool, or -errno. Reading the file includes surplus pages, but
 * writing it does not.
 */
long pool_pages(void)
{
	long total, surplus;
	int wrong = read_number(pool_path("nr_hugepages"), NULL, &total);

	if (!wrong)
		wrong = read_number(pool_path("surplus_hugepages"), NULL, &surplus);
	return wrong ? wrong : total - surplus;
}

static int set_pool(long pages)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld", pages > 0 ? pages : 0);
	return write_word(pool_path("nr_hugepages"), text);
}

int changes_begin(void)
{
	changes = mmap(NULL, sizeof(*changes), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (changes == MAP_FAILED || pipe(alive))
		return -errno;
	return 0;
}

static struct entry *record(enum way way, const char *path)
{
	struct entry *entry = &changes->entry[changes->n];

	if (changes->n == MOST)
		abort();
	entry->way = way;
	snprintf(entry->path, sizeof(entry->path), "%s", path);
	return entry;
}

static int change_by(enum way way, const char *path, const char *value)
{
	struct entry *entry = record(way, path);
	int wrong = read_word(path, entry->was, sizeof(entry->was));

	if (wrong)
		return wrong;
	if (access(path, W_OK))
		return -errno;
	snprintf(entry->set, sizeof(entry->set), "%s", value);
	changes->n++;
	wrong = write_word(path, value);
	if (wrong)
		changes->n--;
	return wrong;
}

int change(const char *path, const char *value)
{
	return change_by(WRITE_BACK, path, value);
}

int change_by_hand(const char *path, const char *value)
{
	return change_by(BY_HAND, path, value);
}

int grow_pool(long pages)
{
	long before = pool_pages(), now;
	struct entry *entry;
	int wrong;

	if (before < 0)
		return (int)before;
	entry = record(GIVE_BACK, pool_path("nr_hugepages"));
	entry->pages = pages;
	changes->n++;
	wrong = set_pool(before + pages);
	now = pool_pages();
	if (!wrong && now < before + pages) {
		/* Memory is fragmented: try again after compaction. */
		write_word("/proc/sys/vm/compact_memory", "1");
		wrong = set_pool(before + pages);
		now = pool_pages();
	}
	entry->pages = now - before;
	if (wrong)
		return wrong;
	return now < before + pages ? -ENOMEM : 0;
}

static void put_back(const struct entry *entry)
{
	char now[64] = "";
	int wrong = 0;

	switch (entry->way) {
	case WRITE_BACK:
		wrong = write_word(entry->path, entry->was);
		break;
	case BY_HAND:
		wrong = read_word(entry->path, now, sizeof(now));
		if (!wrong && strcmp(now, entry->set)) {
			printf("admin: %s was %s, set to %s, is %s: left so\n", entry->path,
			       entry->was, entry->set, now);
			return;
		}
		if (!wrong)
			wrong = write_word(entry->path, entry->was);
		break;
	case GIVE_BACK:
		wrong = set_pool(pool_pages() - entry->pages);
		break;
	}
	if (wrong)
		fprintf(stderr, "disturb: cannot put back %s: %s\n", entry->path,
			strerror(-wrong));
}

pid_t changes_guard(void)
{
	pid_t pid = fork();
	sigset_t all;
	char byte;

	if (pid)
		return pid < 0 ? -errno : pid;
	/*
	 * Only SIGKILL can stop the guardian, neither other signals nor a hangup of the
	 * terminal.
	 */
	setsid();
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	signal(SIGPIPE, SIG_IGN);
	write_word("/proc/self/oom_score_adj", "-1000");
	close(alive[1]);
	while (read(alive[0], &byte, 1) < 0 && errno == EINTR)
		;
	for (int i = changes->n - 1; i >= 0; i--)
		put_back(&changes->entry[i]);
	fflush(NULL);
	_exit(0);
}

void changes_wait(pid_t guardian)
{
	close(alive[0]);
	close(alive[1]);
	waitpid(guardian, NULL, 0);
}
