// SPDX-License-Identifier: LGPL-2.1-or-later
#include "disturb.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t got = 0;
	ssize_t part;

	if (fd < 0)
		return -errno;
	while ((part = read(fd, text + got, size - 1 - got)) > 0)
		got += (size_t)part;
	close(fd);
	text[got] = '\0';
	return part < 0 ? -EIO : 0;
}

/* Reads the selected word of "always [madvise] never", or the first line. */
int read_word(const char *path, char *word, size_t size)
{
	char text[512], *from = text, *open, *close;
	int wrong = read_file(path, text, sizeof(text));

	if (wrong)
		return wrong;
	open = strchr(text, '[');
	close = strchr(text, ']');
	if (open && close > open) {
		*close = '\0';
		from = open + 1;
	}
	from[strcspn(from, "\n")] = '\0';
	if (strlen(from) >= size)
		return -EFBIG;
	strcpy(word, from);
	return 0;
}

/* Reads the number in a file, or after a key at the beginning of a line. */
int read_number(const char *path, const char *key, long *value)
{
	static char text[65536];
	char *line = text, *rest;
	int wrong = read_file(path, text, sizeof(text));

	if (wrong)
		return wrong;
	if (!key) {
		*value = strtol(text, NULL, 10);
		return 0;
	}
	while (line && *line) {
		if (!strncmp(line, key, strlen(key)) && strchr(": \t", line[strlen(key)])) {
			rest = line + strlen(key);
			*value = strtol(rest + strspn(rest, ": \t"), NULL, 10);
			return 0;
		}
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return -ENOENT;
}

int write_word(const char *path, const char *word)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), wrong = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, word, strlen(word)) < 0)
		wrong = -errno;
	close(fd);
	return wrong;
}
