// SPDX-License-Identifier: LGPL-2.1-or-later
#include "frame/engine.h"
#include "frame/internal.h"
#include "frame/undo.h"
#include "observe/pagemap.h"
#include "observe/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/kernel-page-flags.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/wait.h>
#include <unistd.h>

static void record(const struct hp_undo *undo)
{
	int slot = atomic_fetch_add(&hp_state->undos, 1);

	if (slot >= HP_MAX_UNDO) {
		atomic_fetch_sub(&hp_state->undos, 1);
		hp_bail("a case can record at most %d changes", HP_MAX_UNDO);
	}
	hp_state->undo[slot] = *undo;
	hp_journal(undo);
}

static void record_path(enum hp_undo_kind kind, const char *path, const char *value)
{
	struct hp_undo undo = {.kind = kind};

	if (strlen(path) >= sizeof(undo.path) || strlen(value) >= sizeof(undo.value))
		hp_bail("too long to be undone: %s", path);
	strcpy(undo.path, path);
	strcpy(undo.value, value);
	record(&undo);
}

/* The case has changed this setting before: the original value is recorded. */
static bool already_recorded(const char *path)
{
	for (int i = hp_state->program_undos; i < atomic_load(&hp_state->undos); i++)
		if (hp_state->undo[i].kind == HP_UNDO_WRITE &&
		    !strcmp(hp_state->undo[i].path, path))
			return true;
	return false;
}

/* Page sizes are powers of two, and so a bit each. A path without one is of any size. */
static void note_sized(const char *path)
{
	const char *size = strstr(path, "/hugepages-");
	size_t kb = size ? strtoul(size + strlen("/hugepages-"), NULL, 10) : 0;

	atomic_fetch_or(&hp_state->sized, kb ? (uint64_t)kb * 1024 : UINT64_MAX);
}

void hp_undo_write(const char *path, const char *value)
{
	const char *file = strrchr(path, '/');

	if (file && !strcmp(file, "/nr_hugepages"))
		note_sized(path);
	if (already_recorded(path))
		return;
	record_path(HP_UNDO_WRITE, path, value);
}

/*
 * Reads a setting; for a pool, the persistent pages: nr_hugepages includes the surplus
 * ones.
 */
static int reads_as(const char *path, char *buf, size_t len)
{
	const char *file = strrchr(path, '/');
	int error = hp_read_setting(path, buf, len);
	char other[192];
	long surplus = 0;

	if (!error && file && !strcmp(file, "/nr_hugepages")) {
		snprintf(other, sizeof(other), "%.*s/surplus_hugepages", (int)(file - path),
			 path);
		hp_read_long(other, &surplus);
		snprintf(buf, len, "%ld", atol(buf) - surplus);
	}
	return error;
}

void hp_undo_wrote(const char *path)
{
	for (int i = hp_state->program_undos; i < atomic_load(&hp_state->undos); i++) {
		struct hp_undo *undo = &hp_state->undo[i];

		if (undo->kind == HP_UNDO_WRITE && !strcmp(undo->path, path) &&
		    reads_as(path, undo->wrote, sizeof(undo->wrote)))
			undo->wrote[0] = '\0';
	}
}

void hp_undo_wrote_pool(size_t page_size)
{
	struct hp_hugetlb_counts pool;
	char path[160];

	if (hp_hugetlb_read(page_size, &pool))
		return;
	for (int node = 0; node < pool.nodes; node++)
		if (pool.node[node].there)
			hp_undo_wrote(hp_hugetlb_node_path(path, sizeof(path), node,
							   page_size, "nr_hugepages"));
	if (!pool.nodes)
		hp_undo_wrote(
			hp_hugetlb_path(path, sizeof(path), page_size, "nr_hugepages"));
}

/*
 * True if another process changed the setting after us; also recorded in the case's state.
 */
static bool changed_by_another(const struct hp_undo *undo)
{
	size_t used = strlen(hp_state->foreign);
	char now[64];

	/* In the lab's guest there are no other users. */
	if (!undo->wrote[0] || hp_no_other_users() ||
	    /* A poisoned page leaves its pool. */
	    hp_program.poisons || reads_as(undo->path, now, sizeof(now)) ||
	    !strcmp(now, undo->wrote) || !strcmp(now, undo->value))
		return false;
	snprintf(hp_state->foreign + used, sizeof(hp_state->foreign) - used,
		 "%s%s is %s, we had written %s", used ? ", " : "", undo->path, now,
		 undo->wrote);
	return true;
}

void hp_undo_pool(size_t page_size)
{
	struct hp_hugetlb_counts pool;
	char path[160], value[32];
	int error = hp_hugetlb_read(page_size, &pool);

	if (error)
		hp_bail("cannot read the pool of %zu kB pages: %s", page_size / 1024,
			strerror(-error));
	for (int node = 0; node < pool.nodes; node++) {
		if (!pool.node[node].there)
			continue;
		snprintf(value, sizeof(value), "%ld",
			 pool.node[node].total - pool.node[node].surp);
		hp_undo_write(hp_hugetlb_node_path(path, sizeof(path), node, page_size,
						   "nr_hugepages"),
			      value);
	}
	if (pool.nodes)
		return;
	snprintf(value, sizeof(value), "%ld", pool.total - pool.surp);
	hp_undo_write(hp_hugetlb_path(path, sizeof(path), page_size, "nr_hugepages"),
		      value);
}

void hp_undo_umount(const char *path)
{
	record_path(HP_UNDO_UMOUNT, path, "");
}

void hp_undo_rmdir(const char *path)
{
	record_path(HP_UNDO_RMDIR, path, "");
}

void hp_undo_unlink(const char *path)
{
	record_path(HP_UNDO_UNLINK, path, "");
}

void hp_undo_swapoff(const char *device)
{
	record_path(HP_UNDO_SWAPON, device, "");
}

void hp_undo_shm(int id)
{
	struct hp_undo undo = {.kind = HP_UNDO_SHM, .id = id};
	struct shmid_ds segment;

	if (!shmctl(id, IPC_STAT, &segment)) {
		undo.key = segment.shm_perm.__key;
		undo.changed = segment.shm_ctime;
		undo.creator = segment.shm_cpid;
	}
	record(&undo);
}

/* Whether the id was reused for another process's segment since. */
static bool given_anew(const struct hp_undo *undo)
{
	struct shmid_ds segment;

	return undo->creator && !shmctl(undo->id, IPC_STAT, &segment) &&
	       (segment.shm_perm.__key != undo->key || segment.shm_ctime != undo->changed ||
		segment.shm_cpid != undo->creator);
}

void hp_undo_poison(uint64_t frame)
{
	char value[32];

	snprintf(value, sizeof(value), "%#" PRIx64, frame);
	record_path(HP_UNDO_POISON, HP_HWPOISON_FOLDER "/unpoison-pfn", value);
}

/* Unpoisons a page frame; a failure to do so is recorded in the case's state. */
static int unpoison(const struct hp_undo *undo)
{
	uint64_t frame = strtoull(undo->value, NULL, 0), flags = 0;
	size_t used = strlen(hp_state->lost);
	int error = hp_page_flags(frame, &flags);

	if (!error && !(flags >> KPF_HWPOISON & 1))
		return 0;
	error = hp_write_text(undo->path, undo->value);
	if (error)
		snprintf(hp_state->lost + used, sizeof(hp_state->lost) - used, "%s%s",
			 used ? " " : "", undo->value);
	return 0;
}

/* How long it may take to set a block of memory offline or online. */
#define BLOCK_SECONDS 10

/*
 * Writes the state of a block of memory. As long as a page of the block cannot be migrated
 * the kernel tries again, until a signal arrives: a child writes, which is killed then.
 */
static int write_block(const struct hp_undo *undo)
{
	int64_t deadline = hp_deadline_ns(BLOCK_SECONDS);
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -errno;
	if (!pid)
		_exit(-hp_write_text(undo->path, undo->value));
	while (!waitpid(pid, &status, WNOHANG)) {
		if (hp_now_ns() > deadline)
			kill(pid, SIGKILL);
		usleep(1000);
	}
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}

/*
 * Restores the old value. A cgroup controller stays enabled if others use it by now, or if
 * we may not disable it.
 */
static int write_back(const struct hp_undo *undo)
{
	const char *file = strrchr(undo->path, '/');
	bool block = !strncmp(undo->path, "/sys/devices/system/memory/", 27);
	int error = block ? write_block(undo) : hp_write_text(undo->path, undo->value);
	char now[64];

	if (file && !strcmp(file, "/cgroup.subtree_control") &&
	    (error == -EBUSY || error == -EACCES || error == -EPERM || error == -EROFS))
		return 0;
	/* The state of a memory block refuses the value that it has. */
	if (error && !hp_read_setting(undo->path, now, sizeof(now)) &&
	    !strcmp(now, undo->value))
		return 0;
	return error;
}

/* Undoes one record. Returns 0, or -errno if the change remains. */
static int take_back(const struct hp_undo *undo)
{
	int done = 0;

	switch (undo->kind) {
	case HP_UNDO_NONE:
		return 0;
	case HP_UNDO_WRITE:
		return changed_by_another(undo) ? 0 : write_back(undo);
	case HP_UNDO_UMOUNT:
		done = umount2(undo->path, UMOUNT_NOFOLLOW);
		if (done && errno == EBUSY)
			done = umount2(undo->path, MNT_DETACH | UMOUNT_NOFOLLOW);
		/* EINVAL: nothing is mounted there. */
		return done && errno != EINVAL && errno != ENOENT ? -errno : 0;
	case HP_UNDO_RMDIR:
		done = rmdir(undo->path);
		break;
	case HP_UNDO_UNLINK:
		done = unlink(undo->path);
		break;
	case HP_UNDO_POISON:
		return unpoison(undo);
	case HP_UNDO_SWAPON:
		/* EBUSY: it is in use, so that nothing is to be undone. */
		return swapon(undo->path, 0) && errno != EBUSY ? -errno : 0;
	case HP_UNDO_SHM:
		if (given_anew(undo))
			return 0;
		done = shmctl(undo->id, IPC_RMID, NULL);
		return done && errno != EINVAL && errno != EIDRM ? -errno : 0;
	}
	return done && errno != ENOENT ? -errno : 0;
}

void hp_undo_back_to(int keep)
{
	static struct hp_undo stuck[16];
	static bool again;
	int n = 0;

	hp_journal_owner();
	if (!hp_state || atomic_load(&hp_state->undos) <= keep)
		return;
	for (int i = atomic_load(&hp_state->undos) - 1; i >= keep; i--) {
		int error = take_back(&hp_state->undo[i]);

		if (error) {
			fprintf(stderr, "%s: cannot restore %s: %s\n", hp_program_name(),
				hp_state->undo[i].path, strerror(-error));
			if (n < 16)
				stuck[n++] = hp_state->undo[i];
		}
		/*
		 * Also clears empty records, of processes that were killed before they made
		 * the change.
		 */
		memset(&hp_state->undo[i], 0, sizeof(hp_state->undo[i]));
		atomic_store(&hp_state->undos, i);
	}
	/* The runner must not undo these again: others may have made changes since. */
	hp_journal_cut(keep ? hp_state->program_journal : 0);
	/*
	 * Failed records are tried once more at exit, and by the runner; not recorded again
	 * if that fails as well.
	 */
	if (again)
		return;
	again = true;
	while (n)
		record(&stuck[--n]);
	again = false;
}
