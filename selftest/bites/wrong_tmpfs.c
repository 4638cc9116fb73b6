// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A fault-injection shim for shmem: a preloaded library that imitates a faulty kernel.
 * HUGEPROOF_WRONG names the fault (see wrong_kernel.c).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096

static bool wrong(const char *what)
{
	const char *asked = getenv("HUGEPROOF_WRONG");

	return asked && !strcmp(asked, what);
}

static off_t length(int fd)
{
	struct stat status;

	return fstat(fd, &status) ? 0 : status.st_size;
}

int ftruncate(int fd, off_t size)
{
	__typeof__(ftruncate) *real = dlsym(RTLD_NEXT, "ftruncate");

	if (size < length(fd)) {
		if (wrong("cuts-nothing"))
			return 0;
		if (wrong("cuts-at-page"))
			size = (size + PAGE - 1) / PAGE * PAGE;
		if (wrong("cuts-too-much"))
			size -= size < PAGE ? size : PAGE;
		if (wrong("cuts-too-little"))
			size += PAGE;
	}
	return real(fd, size);
}

int fallocate(int fd, int mode, off_t offset, off_t size)
{
	__typeof__(fallocate) *real = dlsym(RTLD_NEXT, "fallocate");

	if (wrong("punches-nothing") && mode & FALLOC_FL_PUNCH_HOLE)
		return 0;
	if (wrong("punches-page-more") && mode & FALLOC_FL_PUNCH_HOLE)
		size += PAGE;
	return real(fd, mode, offset, size);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
	__typeof__(pwrite) *real = dlsym(RTLD_NEXT, "pwrite");

	return real(fd, data, size, wrong("writes-beside") ? offset + 8 : offset);
}

int mount(const char *source, const char *target, const char *type, unsigned long flags,
	  const void *data)
{
	__typeof__(mount) *real = dlsym(RTLD_NEXT, "mount");
	const char *option = data ? strstr(data, "huge=") : NULL;

	if (wrong("option-ignored") && option)
		data = NULL;
	if (wrong("option-always") && type && !strcmp(type, "tmpfs"))
		data = "huge=always";
	return real(source, target, type, flags, data);
}

/*
 * Whether a case writes a setting of shared memory. The supervisor, which restores it, is
 * not affected.
 */
static bool is_setting(int fd)
{
	char link[64], path[256];
	ssize_t size;

	/* A case is the leader of its process group, its supervisor is not. */
	if (getpgrp() != getpid())
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	size = readlink(link, path, sizeof(path) - 1);
	if (size < 0)
		return false;
	path[size] = '\0';
	return strstr(path, "shmem_enabled");
}

ssize_t write(int fd, const void *data, size_t size)
{
	__typeof__(write) *real = dlsym(RTLD_NEXT, "write");

	if (wrong("setting-unheard") && is_setting(fd))
		return (ssize_t)size;
	if (wrong("setting-always") && is_setting(fd))
		return real(fd, "always", 6) < 0 ? -1 : (ssize_t)size;
	return real(fd, data, size);
}
