/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small readers of the kernel's text files. Nothing here judges or exits. */
#ifndef HP_OBSERVE_TEXT_H
#define HP_OBSERVE_TEXT_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Reads a whole file of /proc or /sys into buf and ends it with a NUL.
 * Returns the number of bytes, or -errno; -EFBIG when it does not fit.
 */
ssize_t hp_read_text(const char *path, char *buf, size_t size);

/*
 * Reads a file that holds one decimal number; what the kernel prints of an unsigned
 * counter that fell below zero is read as the negative number. Returns 0 or -errno.
 */
int hp_read_long(const char *path, long *value);

/*
 * How a setting reads: the chosen word of "always [madvise] never", or its first line, cut
 * to what fits. Returns 0 or -errno.
 */
int hp_read_setting(const char *path, char *buf, size_t size);

/*
 * Writes text to an existing file in one write, as sysfs wants it.
 * Returns 0 or -errno.
 */
int hp_write_text(const char *path, const char *text);

/*
 * The number behind "key" and a colon or blanks at the beginning of a line of
 * text, as in /proc/meminfo (kB), /proc/PID/status and smaps. -1 when there is
 * no such line.
 */
long hp_field(const char *text, const char *key);

#endif
