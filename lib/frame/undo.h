/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Changes that a process's exit does not undo. A fixture records how to undo a change
 * before it makes it; the frame does so when the case ends, however it ends. Each record
 * also goes to the journal under /run/hugeproof, from which the runner restores if this
 * program is killed too; runner/settings/paths.py lists the paths that it may write.
 */
#ifndef HP_FRAME_UNDO_H
#define HP_FRAME_UNDO_H

#include <stddef.h>
#include <stdint.h>

/**
 * DOC: Record how to undo a change
 */

/**
 * hp_undo_write() - restore the contents of a file when the case ends
 * @path: an existing file of sysfs, procfs or a cgroup; runner/settings/paths.py must allow
 *   it
 * @value: the value to write
 *
 * Call it before the change. Of several records for one path, the first counts. Changes are
 * undone in reverse order, however the case ends; if this program is killed, the runner
 * undoes them from the journal below /run/hugeproof.
 */
void hp_undo_write(const char *path, const char *value);

/**
 * hp_undo_wrote() - record how a changed setting reads
 * @path: that of hp_undo_write(), after the change
 *
 * If it reads differently at the end, another process has changed it since, and it is not
 * restored.
 */
void hp_undo_wrote(const char *path);

/**
 * hp_undo_pool() - restore the present size of a hugetlb pool when the case ends
 * @page_size: of the pool, bytes
 *
 * Restored per node: otherwise the kernel could free pages on other nodes than it had
 * allocated them on.
 */
void hp_undo_pool(size_t page_size);

/**
 * hp_undo_wrote_pool() - record how the sizes of a changed pool read
 * @page_size: that of hp_undo_pool(), after the change
 */
void hp_undo_wrote_pool(size_t page_size);

/**
 * hp_undo_umount() - unmount a file system when the case ends
 * @path: the mount point
 */
void hp_undo_umount(const char *path);

/**
 * hp_undo_rmdir() - remove a directory when the case ends
 * @path: the directory, which must be empty by then
 */
void hp_undo_rmdir(const char *path);

/**
 * hp_undo_unlink() - remove a file when the case ends
 * @path: the file
 */
void hp_undo_unlink(const char *path);

/**
 * hp_undo_swapoff() - swap to a device again when the case ends, unless it is in use then
 * @device: its path, as in /proc/swaps
 */
void hp_undo_swapoff(const char *device);

/* The debugfs directory of the kernel's memory error injector. */
#define HP_HWPOISON_FOLDER "/sys/kernel/debug/hwpoison"

/**
 * hp_undo_poison() - unpoison a page frame when the case ends, if it is poisoned then
 * @frame: its page frame number
 */
void hp_undo_poison(uint64_t frame);

/**
 * hp_undo_shm() - remove a SysV shared memory segment when the case ends, if it still
 *   exists
 * @id: of shmget()
 */
void hp_undo_shm(int id);

#endif
