/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Functions to read and write the kernel's text files. Errors are returned. */
#ifndef HP_OBSERVE_TEXT_H
#define HP_OBSERVE_TEXT_H

#include <stddef.h>
#include <sys/types.h>

/**
 * DOC: Read the kernel's text files
 */

/**
 * hp_read_text() - read a whole file of /proc or /sys
 * @path: the file
 * @buf: filled in with its contents and a terminating NUL
 * @size: of buf, bytes
 *
 * Return: bytes read, or -errno; -EFBIG if it does not fit.
 */
ssize_t hp_read_text(const char *path, char *buf, size_t size);

/**
 * hp_read_long() - read a file that holds one decimal number
 * @path: the file
 * @value: set to the number; negative for a counter that underflowed
 *
 * Return: 0 or -errno.
 */
int hp_read_long(const char *path, long *value);

/**
 * hp_read_setting() - read the current value of a setting
 * @path: the file
 * @buf: filled in with the selected word, as in "always [madvise] never", or the first
 *   line, truncated to fit
 * @size: of buf, bytes
 *
 * Return: 0 or -errno.
 */
int hp_read_setting(const char *path, char *buf, size_t size);

/**
 * hp_write_text() - write to an existing file with a single write(2), as sysfs requires
 * @path: the file
 * @text: the text
 *
 * The change is not undone; use hp_setting() for that.
 *
 * Return: 0 or -errno.
 */
int hp_write_text(const char *path, const char *text);

/**
 * hp_field() - find a number by its key in a text such as /proc/meminfo
 * @text: lines of a key, a colon or blanks, and a number
 * @key: the key, at the beginning of a line
 *
 * Return: the number, in the unit of the file (usually kB); -1 if there is no such line.
 */
long hp_field(const char *text, const char *key);

#endif
