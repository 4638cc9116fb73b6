// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Actors that are devices with memory of their own, by the kernel's test device: to its
 * private memory and back, to coherent memory, and reads and writes by the device.
 */
#include "fixture/hmm.h"
#include "race/actor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A device and room for what it has of one huge page, made before anything is raced. */
struct desk {
	struct hp_device *device;
	char *room;
	size_t size;
};

static void sit_down(struct hp_operation *op, enum hp_device_kind kind)
{
	struct desk *desk = calloc(1, sizeof(*desk));

	hp_require(desk, "no memory");
	desk->device = hp_device_open(kind, 0);
	desk->size = op->area->page_size;
	desk->room = mmap(NULL, desk->size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	hp_require(desk->room != MAP_FAILED, "no room: %s", strerror(errno));
	op->own = desk;
}

static void open_private(struct hp_operation *op)
{
	sit_down(op, HP_DEVICE_PRIVATE);
}

static void open_coherent(struct hp_operation *op)
{
	sit_down(op, HP_DEVICE_COHERENT);
}

static void leave(struct hp_operation *op)
{
	struct desk *desk = op->own;

	hp_device_close(desk->device);
	munmap(desk->room, desk->size);
	free(desk);
}

static const char *no_coherent(char *buf, size_t size)
{
	if (!access("/dev/hmm_dmirror2", R_OK | W_OK))
		return NULL;
	snprintf(
		buf, size,
		"needs /dev/hmm_dmirror2, device memory that processors can use: run it in "
		"the lab (--hmm-coherent)");
	return buf;
}

static size_t base_pages(const struct hp_operation *op)
{
	return op->size / hp_base_size;
}

static int do_to_device(struct hp_operation *op)
{
	struct desk *desk = op->own;

	return hp_to_device(desk->device, op->addr, base_pages(op), desk->room);
}

const struct hp_actor hp_act_to_device = {
	.name = "to_device",
	.summary = "migrates to a device's private memory",
	.act = do_to_device,
	.targets = HP_ON_ANON,
	.range = HP_EITHER,
	.needs = HP_NEEDS("hmm"),
	.begin = open_private,
	.end = leave,
	/* Not all of it is there, or was to be had; nothing is mapped there just now. */
	.errnos = HP_ERRNOS(ENOENT, EINVAL, EBUSY),
};

static int do_to_system(struct hp_operation *op)
{
	struct desk *desk = op->own;

	return hp_to_system(desk->device, op->addr, base_pages(op), NULL);
}

const struct hp_actor hp_act_to_system = {
	.name = "to_system",
	.summary = "migrates back from a device's private memory",
	.act = do_to_system,
	.targets = HP_ON_ANON,
	.range = HP_EITHER,
	.needs = HP_NEEDS("hmm"),
	.begin = open_private,
	.end = leave,
	.errnos = HP_ERRNOS(EINVAL, EBUSY),
};

const struct hp_actor hp_act_to_coherent = {
	.name = "to_coherent",
	.summary = "migrates to device memory that processors can use",
	.act = do_to_device,
	.targets = HP_ON_ANON,
	.range = HP_EITHER,
	.unmet = no_coherent,
	.begin = open_coherent,
	.end = leave,
	.errnos = HP_ERRNOS(ENOENT, EINVAL, EBUSY),
};

/* Which words of which page: all of one call lie in one. */
static char *page_of(uint64_t *const *addr)
{
	return (char *)((uintptr_t)addr[0] & ~(uintptr_t)(hp_base_size - 1));
}

static int by_device(struct hp_operation *op, uint64_t **addr, uint64_t *words, int n)
{
	struct desk *desk = op->own;
	char *page = page_of(addr);
	int error = hp_device_read(desk->device, page, 1, desk->room, NULL);

	for (int i = 0; i < n && !error; i++)
		memcpy(&words[i], desk->room + ((char *)addr[i] - page), sizeof(words[i]));
	return error;
}

static int to_page(struct hp_operation *op, uint64_t **addr, uint64_t *words, int n)
{
	struct desk *desk = op->own;
	char *page = page_of(addr);
	int error = hp_device_read(desk->device, page, 1, desk->room, NULL);

	if (error)
		return error;
	for (int i = 0; i < n; i++)
		memcpy(desk->room + ((char *)addr[i] - page), &words[i], sizeof(words[i]));
	return hp_device_write(desk->device, page, 1, desk->room, NULL);
}

static int do_device_access(struct hp_operation *op)
{
	return op->number % 2 ? hp_read_page_by(op, by_device)
			      : hp_write_page_by(op, to_page);
}

/* By a device of the coherent kind: see hp_device_read of what is in private memory. */
const struct hp_actor hp_act_device_access = {
	.name = "device_access",
	.summary = "a device reads and writes a page where it is",
	.act = do_device_access,
	.targets = HP_ON_ANON,
	.range = HP_BASE_PAGE,
	.unmet = no_coherent,
	.begin = open_coherent,
	.end = leave,
	.errnos = HP_ERRNOS(EFAULT, EPERM, EBUSY),
};
