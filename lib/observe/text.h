/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small readers of the kernel's text files. Nothing here judges or exits. */
#ifndef HP_OBSERVE_TEXT_H
#define HP_OBSERVE_TEXT_H

#include <stddef.h>
#include <sys/types.h>

/**
 * DOC: Read what the kernel tells in files
 */

/**
 * hp_read_text() - read a whole file of /proc or /sys
 * @path: the file
 * @buf: gets it, with a NUL behind it
 * @size: of buf, bytes
 *
 * Return: bytes read, or -errno; -EFBIG: it does not fit.
 */
ssize_t hp_read_text(const char *path, char *buf, size_t size);

/**
 * hp_read_long() - read a file that holds one decimal number
 * @path: the file
 * @value: gets it; a counter of the kernel's that fell below zero is negative
 *
 * Return: 0 or -errno.
 */
int hp_read_long(const char *path, long *value);

/**
 * hp_read_setting() - read how a setting stands
 * @path: the file
 * @buf: gets the chosen word of "always [madvise] never", or the first line, cut to what
 *   fits
 * @size: of buf, bytes
 *
 * Return: 0 or -errno.
 */
int hp_read_setting(const char *path, char *buf, size_t size);

/**
 * hp_write_text() - write to an existing file at once, as sysfs wants it
 * @path: the file
 * @text: what is written
 *
 * Nothing puts it back: hp_setting() does.
 *
 * Return: 0 or -errno.
 */
int hp_write_text(const char *path, const char *text);

/**
 * hp_field() - a number of a text such as /proc/meminfo
 * @text: lines of a key, a colon or blanks, and a number
 * @key: at the beginning of its line
 *
 * Return: the number as it stands there (kB in most of them); -1: no such line.
 */
long hp_field(const char *text, const char *key);

#endif
