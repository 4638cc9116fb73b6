// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The journal of a program: a file with its changes to the machine, from which the runner
 * undoes them if the program is killed. doc/formats.md has the format.
 */
#include "frame/engine.h"
#include "frame/internal.h"
#include "observe/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Larger than PATH_MAX, so that the kernel refuses a path that is too long instead of using
 * a truncated one.
 */
#define PATH_BYTES (PATH_MAX + 256)

/* The runner's state directory, or the default one. */
static const char *state_dir(void)
{
	const char *dir = getenv("HUGEPROOF_STATE");

	return dir && dir[0] == '/' ? dir : "/run/hugeproof";
}

pid_t hp_journal_owner(void)
{
	static pid_t pid;

	if (!hp_self)
		pid = getpid();
	return pid;
}

static void journal_path(char *buf, size_t len)
{
	snprintf(buf, len, "%s/journal/%s.%d", state_dir(), hp_program_name(),
		 hp_journal_owner());
}

/* Field 22 of /proc/PID/stat. The name in field 2 may contain blanks and parentheses. */
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

/* CRC-32 as in zlib and Ethernet: reflected, of the polynomial 0x04c11db7. */
static uint32_t checksum(const char *bytes, size_t n)
{
	uint32_t sum = ~0u;

	for (size_t i = 0; i < n; i++) {
		sum ^= (unsigned char)bytes[i];
		for (int bit = 0; bit < 8; bit++)
			sum = sum >> 1 ^ (sum & 1 ? 0xedb88320u : 0);
	}
	return ~sum;
}

/* Ends the JSON object that began at byte `from` with its checksum. */
static void seal(FILE *text, char *const *line, const size_t *len, size_t from)
{
	fflush(text);
	fprintf(text, ", \"crc\": \"%08x\"}\n", checksum(*line + from, *len - from));
}

static void print_head(FILE *text)
{
	char boot[64];

	if (hp_read_setting("/proc/sys/kernel/random/boot_id", boot, sizeof(boot)))
		boot[0] = '\0';
	fprintf(text,
		"{\"format\": 2, \"owner\": \"%s\", \"pid\": %d, \"start\": %llu, "
		"\"boot\": \"%s\", \"uid\": %u",
		hp_program_name(), hp_journal_owner(), start_time(hp_journal_owner()), boot,
		geteuid());
}

static void print_record(FILE *text, const struct hp_undo *undo)
{
	static const char *const words[] = {"",       "write",      "umount",   "rmdir",
					    "unlink", "shm_remove", "unpoison", "swapon"};

	fprintf(text, "{\"undo\": \"%s\"", words[undo->kind]);
	if (undo->kind != HP_UNDO_SHM) {
		fprintf(text, ", \"path\": ");
		hp_print_quoted(text, undo->path);
	} else {
		fprintf(text, ", \"id\": %d", undo->id);
		if (undo->creator)
			fprintf(text, ", \"key\": %d, \"time\": %lld, \"creator\": %d",
				undo->key, (long long)undo->changed, undo->creator);
	}
	if (undo->kind == HP_UNDO_WRITE || undo->kind == HP_UNDO_POISON) {
		fprintf(text, ", \"value\": ");
		hp_print_quoted(text, undo->value);
	}
}

static void make_folder(void)
{
	char folder[PATH_BYTES];

	snprintf(folder, sizeof(folder), "%s/journal", state_dir());
	if ((!mkdir(state_dir(), 0700) || errno == EEXIST) &&
	    (!mkdir(folder, 0700) || errno == EEXIST))
		return;
	if (hp_self && errno == EACCES)
		hp_skip_case(
			"needs %s to record changes to be undone, and cannot create it: "
			"run it as root, or with the runner",
			folder);
	hp_bail("cannot create %s: %s", folder, strerror(errno));
}

void hp_journal(const struct hp_undo *undo)
{
	char path[PATH_BYTES], *line = NULL;
	size_t len = 0, from;
	FILE *text;
	off_t end;
	int fd;

	make_folder();
	journal_path(path, sizeof(path));
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	text = open_memstream(&line, &len);
	if (fd < 0 || !text)
		hp_bail("cannot write %s: %s", path, strerror(errno));
	/*
	 * Processes of a case may write at the same time: write one header, and whole
	 * lines.
	 */
	flock(fd, LOCK_EX);
	end = lseek(fd, 0, SEEK_END);
	if (end && !atomic_load(&hp_state->journal_begun))
		hp_bail("%s was left by a program that was killed: the runner's restore "
			"undoes its changes",
			path);
	if (!end) {
		print_head(text);
		seal(text, &line, &len, 0);
	}
	atomic_store(&hp_state->journal_begun, 1);
	fflush(text);
	from = len;
	print_record(text, undo);
	seal(text, &line, &len, from);
	fclose(text);
	if (write(fd, line, len) != (ssize_t)len) {
		int error = errno;

		/* Remove a partial line. */
		if (ftruncate(fd, end))
			unlink(path);
		hp_bail("cannot write %s: %s", path, strerror(error));
	}
	close(fd);
	free(line);
}

off_t hp_journal_length(void)
{
	struct stat found;
	char path[PATH_BYTES];

	journal_path(path, sizeof(path));
	return !atomic_load(&hp_state->journal_begun) || stat(path, &found) ? 0
									    : found.st_size;
}

void hp_journal_cut(off_t length)
{
	char path[PATH_BYTES];

	if (!atomic_load(&hp_state->journal_begun))
		return;
	journal_path(path, sizeof(path));
	if (length) {
		length = truncate(path, length);
	} else {
		unlink(path);
		atomic_store(&hp_state->journal_begun, 0);
	}
}
