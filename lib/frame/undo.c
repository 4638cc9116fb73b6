// SPDX-License-Identifier: LGPL-2.1-or-later
#include "frame/undo.h"
#include "frame/internal.h"
#include "observe/pagemap.h"
#include "observe/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/kernel-page-flags.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where the runner keeps its state; root's own place without one. */
static const char *state_dir(void)
{
	const char *told = getenv("HUGEPROOF_STATE");

	return told && told[0] == '/' ? told : "/run/hugeproof";
}

/*
 * The journal belongs to the supervisor, whichever process of a case writes to it.
 * The supervisor's own first call is what the others inherit.
 */
static pid_t supervisor_pid(void)
{
	static pid_t pid;

	if (!hp_self)
		pid = getpid();
	return pid;
}

static void journal_path(char *buf, size_t len)
{
	snprintf(buf, len, "%.80s/journal/%s.%d", state_dir(), hp_program_name(),
		 supervisor_pid());
}

/* Field 22 of /proc/PID/stat; the name in field 2 may hold blanks and brackets. */
static unsigned long long start_time(pid_t pid)
{
	char path[64], text[1024], *p;
	unsigned long long start = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (hp_read_text(path, text, sizeof(text)) < 0)
		return 0;
	p = strrchr(text, ')');
	for (int field = 2; p && field < 22; field++)
		p = strchr(p + 1, ' ');
	if (p)
		start = strtoull(p, NULL, 10);
	return start;
}

static void journal(const struct hp_undo *undo)
{
	static const char *const words[] = {"",       "write",      "umount",  "rmdir",
					    "unlink", "shm_remove", "unpoison"};
	char path[256], folder[128], *line = NULL;
	size_t len = 0;
	FILE *text;
	int fd;

	snprintf(folder, sizeof(folder), "%.80s/journal", state_dir());
	if ((mkdir(state_dir(), 0700) && errno != EEXIST) ||
	    (mkdir(folder, 0700) && errno != EEXIST)) {
		if (hp_self && errno == EACCES)
			hp_skip_case("needs %s for the way back of what it changes, which "
				     "cannot be made: run it as root, or by run_tests.py",
				     folder);
		hp_bail("cannot make %s: %s", folder, strerror(errno));
	}
	journal_path(path, sizeof(path));
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	text = open_memstream(&line, &len);
	if (fd < 0 || !text)
		hp_bail("cannot write %s: %s", path, strerror(errno));
	if (lseek(fd, 0, SEEK_END) == 0)
		fprintf(text,
			"{\"format\": 1, \"owner\": \"%s\", \"pid\": %d, \"start\": "
			"%llu}\n",
			hp_program_name(), supervisor_pid(), start_time(supervisor_pid()));
	fprintf(text, "{\"undo\": \"%s\"", words[undo->kind]);
	if (undo->kind == HP_UNDO_SHM) {
		fprintf(text, ", \"id\": %d", undo->id);
	} else {
		fprintf(text, ", \"path\": ");
		hp_print_quoted(text, undo->path);
	}
	if (undo->kind == HP_UNDO_WRITE || undo->kind == HP_UNDO_POISON) {
		fprintf(text, ", \"value\": ");
		hp_print_quoted(text, undo->value);
	}
	fprintf(text, "}\n");
	fclose(text);
	if (write(fd, line, len) != (ssize_t)len)
		hp_bail("cannot write %s: %s", path, strerror(errno));
	close(fd);
	free(line);
}

static void record(const struct hp_undo *undo)
{
	int slot = atomic_fetch_add(&hp_board->undos, 1);

	if (slot >= HP_MAX_UNDO) {
		atomic_fetch_sub(&hp_board->undos, 1);
		hp_bail("a case may change at most %d things", HP_MAX_UNDO);
	}
	hp_board->undo[slot] = *undo;
	journal(undo);
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

/* The case has changed this setting before: the way back is known. */
static bool already_recorded(const char *path)
{
	for (int i = hp_board->program_undos; i < atomic_load(&hp_board->undos); i++)
		if (hp_board->undo[i].kind == HP_UNDO_WRITE &&
		    !strcmp(hp_board->undo[i].path, path))
			return true;
	return false;
}

void hp_undo_write(const char *path, const char *value)
{
	if (already_recorded(path))
		return;
	record_path(HP_UNDO_WRITE, path, value);
}

/* How a setting reads; of a pool its persistent pages: nr_hugepages has the surplus in it.
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
	for (int i = hp_board->program_undos; i < atomic_load(&hp_board->undos); i++) {
		struct hp_undo *undo = &hp_board->undo[i];

		if (undo->kind == HP_UNDO_WRITE && !strcmp(undo->path, path) &&
		    reads_as(path, undo->wrote, sizeof(undo->wrote)))
			undo->wrote[0] = '\0';
	}
}

void hp_undo_wrote_pool(size_t page_size)
{
	struct hp_hugetlb pool;
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

/* True when somebody else changed the setting after us; written on the board. */
static bool changed_by_another(const struct hp_undo *undo)
{
	size_t used = strlen(hp_board->foreign);
	char now[64];

	/* In the lab's guest there is nobody else. */
	if (!undo->wrote[0] || hp_nobody_else() ||
	    /* A page that went bad leaves its pool. */
	    hp_program.poisons || reads_as(undo->path, now, sizeof(now)) ||
	    !strcmp(now, undo->wrote) || !strcmp(now, undo->value))
		return false;
	snprintf(hp_board->foreign + used, sizeof(hp_board->foreign) - used,
		 "%s%s is %s, we had written %s", used ? ", " : "", undo->path, now,
		 undo->wrote);
	return true;
}

void hp_undo_pool(size_t page_size)
{
	struct hp_hugetlb pool;
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

void hp_undo_shm(int id)
{
	record(&(struct hp_undo){.kind = HP_UNDO_SHM, .id = id});
}

void hp_undo_poison(uint64_t frame)
{
	char value[32];

	snprintf(value, sizeof(value), "%#" PRIx64, frame);
	record_path(HP_UNDO_POISON, HP_HWPOISON_FOLDER "/unpoison-pfn", value);
}

/* Makes a page frame good again; what cannot be is written on the board. */
static int unpoison(const struct hp_undo *undo)
{
	uint64_t frame = strtoull(undo->value, NULL, 0), flags = 0;
	size_t used = strlen(hp_board->lost);
	int error = hp_page_flags(frame, &flags);

	if (!error && !(flags >> KPF_HWPOISON & 1))
		return 0;
	error = hp_write_text(undo->path, undo->value);
	if (error)
		snprintf(hp_board->lost + used, sizeof(hp_board->lost) - used, "%s%s",
			 used ? " " : "", undo->value);
	return 0;
}

/* Returns 0, or -errno when what was changed is still changed. */
static int take_back(const struct hp_undo *undo)
{
	int done = 0;

	switch (undo->kind) {
	case HP_UNDO_NONE:
		return 0;
	case HP_UNDO_WRITE:
		return changed_by_another(undo) ? 0
						: hp_write_text(undo->path, undo->value);
	case HP_UNDO_UMOUNT:
		done = umount2(undo->path, UMOUNT_NOFOLLOW);
		if (done && errno == EBUSY)
			done = umount2(undo->path, MNT_DETACH | UMOUNT_NOFOLLOW);
		/* EINVAL: nothing is mounted there (any more). */
		return done && errno != EINVAL && errno != ENOENT ? -errno : 0;
	case HP_UNDO_RMDIR:
		done = rmdir(undo->path);
		break;
	case HP_UNDO_UNLINK:
		done = unlink(undo->path);
		break;
	case HP_UNDO_POISON:
		return unpoison(undo);
	case HP_UNDO_SHM:
		done = shmctl(undo->id, IPC_RMID, NULL);
		return done && errno != EINVAL && errno != EIDRM ? -errno : 0;
	}
	return done && errno != ENOENT ? -errno : 0;
}

void hp_undo_back_to(int keep)
{
	char path[256];

	supervisor_pid();
	if (!hp_board || atomic_load(&hp_board->undos) <= keep)
		return;
	for (int i = atomic_load(&hp_board->undos) - 1; i >= keep; i--) {
		int error = take_back(&hp_board->undo[i]);

		if (error)
			fprintf(stderr, "%s: cannot restore %s: %s\n", hp_program_name(),
				hp_board->undo[i].path, strerror(-error));
		/* A process killed while it recorded leaves an empty record: nothing was
		 * changed. */
		memset(&hp_board->undo[i], 0, sizeof(hp_board->undo[i]));
		atomic_store(&hp_board->undos, i);
	}
	/*
	 * While the program goes on, the journal keeps the records undone already: to
	 * undo them once more does no harm, and a rewrite could be cut in the middle.
	 */
	if (keep == 0) {
		journal_path(path, sizeof(path));
		unlink(path);
	}
}
