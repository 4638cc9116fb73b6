/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Changes that a process's exit does not take back. A fixture records the way
 * back before it changes anything; the frame walks it when the case ends,
 * however it ends. Each record also goes to the journal under /run/hugeproof,
 * from which the runner restores if this program is killed too: paths that it is to touch
 * stand in runner/settings/paths.py.
 */
#ifndef HP_FRAME_UNDO_H
#define HP_FRAME_UNDO_H

#include <stddef.h>
#include <stdint.h>

/**
 * DOC: Record the way back from a change
 */

/**
 * hp_undo_write() - write a file when the case has ended
 * @path: an existing file of sysfs, procfs or a cgroup; runner/settings/paths.py must allow
 *   it
 * @value: what it gets
 *
 * Call it before the change. Of several records of one path the first counts. The records
 * are walked last first, however the case ends; a journal below /run/hugeproof lets the
 * runner walk them if this program is killed.
 */
void hp_undo_write(const char *path, const char *value);

/**
 * hp_undo_wrote() - note how a changed setting reads
 * @path: that of hp_undo_write(), after the change
 *
 * What reads otherwise in the end was changed by somebody else since, and is left to them.
 */
void hp_undo_wrote(const char *path);

/**
 * hp_undo_pool() - give a hugetlb pool its present size back when the case has ended
 * @page_size: of the pool, bytes
 *
 * Node by node: the kernel would take pages from other nodes than it had added them to.
 */
void hp_undo_pool(size_t page_size);

/**
 * hp_undo_wrote_pool() - note how the sizes of a changed pool read
 * @page_size: that of hp_undo_pool(), after the change
 */
void hp_undo_wrote_pool(size_t page_size);

/**
 * hp_undo_umount() - unmount what is mounted there when the case has ended
 * @path: the folder
 */
void hp_undo_umount(const char *path);

/**
 * hp_undo_rmdir() - remove a folder when the case has ended
 * @path: the folder, empty by then
 */
void hp_undo_rmdir(const char *path);

/**
 * hp_undo_unlink() - remove a file when the case has ended
 * @path: the file
 */
void hp_undo_unlink(const char *path);
/* The folder of the kernel's memory error injector. */
#define HP_HWPOISON_FOLDER "/sys/kernel/debug/hwpoison"

/**
 * hp_undo_poison() - make a page frame good again when the case has ended, if it is bad
 *   then
 * @frame: its number
 */
void hp_undo_poison(uint64_t frame);

/**
 * hp_undo_shm() - remove a SysV segment when the case has ended, if it is still there
 * @id: of shmget()
 */
void hp_undo_shm(int id);

#endif
