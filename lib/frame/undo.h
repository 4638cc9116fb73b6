/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Changes that a process's exit does not take back. A fixture records the way
 * back before it changes anything; the frame walks it when the case ends,
 * however it ends. Each record also goes to the journal under /run/hugeproof,
 * from which the runner restores if this program is killed too.
 */
#ifndef HP_FRAME_UNDO_H
#define HP_FRAME_UNDO_H

#include <stddef.h>
#include <stdint.h>

/* Writes value to the existing file path. A case's first value for a path is the one that
 * counts. */
void hp_undo_write(const char *path, const char *value);
/*
 * Notes how a setting that hp_undo_write recorded reads now that it was written. When it
 * reads otherwise in the end, somebody else has changed it since: it is left to them.
 */
void hp_undo_wrote(const char *path);
/*
 * Gives the pool of page_size bytes the size that it has now, node by node: the kernel
 * would otherwise take pages from other nodes than it had added them to.
 */
void hp_undo_pool(size_t page_size);
/* hp_undo_wrote of all of that pool's files. */
void hp_undo_wrote_pool(size_t page_size);
/* Unmounts what is mounted on path. */
void hp_undo_umount(const char *path);
/* Removes the directory, or the file. */
void hp_undo_rmdir(const char *path);
void hp_undo_unlink(const char *path);
/* The folder of the kernel's memory error injector. */
#define HP_HWPOISON_FOLDER "/sys/kernel/debug/hwpoison"

/* Unpoisons the page frame, if it is bad then. */
void hp_undo_poison(uint64_t frame);

/* Removes the SysV segment. */
void hp_undo_shm(int id);

#endif
