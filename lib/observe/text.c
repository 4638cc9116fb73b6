// SPDX-License-Identifier: LGPL-2.1-or-later
#include "observe/text.h"

#include <errno.h>
#include <limits.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

ssize_t hp_read_text(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t have = 0;
	ssize_t got;

	if (fd < 0)
		return -errno;
	while ((got = read(fd, buf + have, size - have)) > 0) {
		have += got;
		if (have == size) {
			close(fd);
			return -EFBIG;
		}
	}
	if (got < 0) {
		int error = errno;

		close(fd);
		return -error;
	}
	close(fd);
	buf[have] = '\0';
	return have;
}

int hp_read_long(const char *path, long *value)
{
	char buf[64], *end;
	ssize_t got = hp_read_text(path, buf, sizeof(buf));
	long long number;

	if (got < 0)
		return got;
	errno = 0;
	number = strtoll(buf, &end, 10);
	/* A counter that underflowed, printed as an unsigned 64-bit number. */
	if (errno == ERANGE && number == LLONG_MAX) {
		errno = 0;
		number = (long long)strtoull(buf, &end, 10);
	}
	*value = (long)number;
	return end == buf || errno || *value != number ? -EINVAL : 0;
}

int hp_read_setting(const char *path, char *buf, size_t size)
{
	char text[256], *word = text, *open, *close;
	ssize_t got = hp_read_text(path, text, sizeof(text));

	if (got < 0)
		return (int)got;
	text[strcspn(text, "\n")] = '\0';
	open = strchr(text, '[');
	close = strchr(text, ']');
	if (open && close > open) {
		*close = '\0';
		word = open + 1;
	}
	snprintf(buf, size, "%.*s", (int)size - 1, word);
	return 0;
}

int hp_write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	size_t len = strlen(text);
	ssize_t done;
	int error = 0;

	if (fd < 0)
		return -errno;
	done = write(fd, text, len);
	if (done < 0)
		error = errno;
	else if ((size_t)done != len)
		error = EIO;
	close(fd);
	return -error;
}

long hp_field(const char *text, const char *key)
{
	size_t len = strlen(key);
	const char *line = text;

	while (line && *line) {
		if (!strncmp(line, key, len) && strchr(": \t", line[len]))
			return strtol(line + len + strspn(line + len, ": \t"), NULL, 10);
		line = strchr(line, '\n');
		if (line)
			line++;
	}
	return -1;
}
