// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Actors that use the kernel's HMM test device: they migrate pages to its private memory
 * and back, or to coherent memory, and let the device read and write.
 */
#include "fixture/hmm.h"
#include "race/actor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* An open device and a buffer for one huge page, allocated before the race begins. */
struct session {
	struct hp_device *device;
	char *buffer;
	size_t size;
};

static void open_session(struct hp_operation *op, enum hp_device_kind kind)
{
	struct session *session = calloc(1, sizeof(*session));

	hp_require(session, "no memory");
	session->device = hp_device_open(kind, 0);
	session->size = op->area->page_size;
	session->buffer = mmap(NULL, session->size, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	hp_require(session->buffer != MAP_FAILED, "no room: %s", strerror(errno));
	op->own = session;
}

static void open_private(struct hp_operation *op)
{
	open_session(op, HP_DEVICE_PRIVATE);
}

static void open_coherent(struct hp_operation *op)
{
	open_session(op, HP_DEVICE_COHERENT);
}

static void close_session(struct hp_operation *op)
{
	struct session *session = op->own;

	hp_device_close(session->device);
	munmap(session->buffer, session->size);
	free(session);
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
	struct session *session = op->own;

	return hp_to_device(session->device, op->addr, base_pages(op), session->buffer);
}

const struct hp_actor hp_act_to_device = {
	.name = "to_device",
	.summary = "migration to device-private memory",
	.act = do_to_device,
	.targets = HP_ON_ANON,
	.range = HP_EITHER,
	.needs = HP_NEEDS("hmm"),
	.begin = open_private,
	.end = close_session,
	/*
	 * Not all pages are present, or could be allocated or isolated; the range is not
	 * mapped at the moment.
	 */
	.errnos = HP_ERRNOS(ENOENT, EINVAL, EBUSY),
};

static int do_to_system(struct hp_operation *op)
{
	struct session *session = op->own;

	return hp_to_system(session->device, op->addr, base_pages(op), NULL);
}

const struct hp_actor hp_act_to_system = {
	.name = "to_system",
	.summary = "migration from device-private memory",
	.act = do_to_system,
	.targets = HP_ON_ANON,
	.range = HP_EITHER,
	.needs = HP_NEEDS("hmm"),
	.begin = open_private,
	.end = close_session,
	.errnos = HP_ERRNOS(EINVAL, EBUSY),
};

const struct hp_actor hp_act_to_coherent = {
	.name = "to_coherent",
	.summary = "migration to device-coherent memory",
	.act = do_to_device,
	.targets = HP_ON_ANON,
	.range = HP_EITHER,
	.unmet = no_coherent,
	.begin = open_coherent,
	.end = close_session,
	.errnos = HP_ERRNOS(ENOENT, EINVAL, EBUSY),
};

/* The base page of the words; all words of one call are in the same one. */
static char *page_of(uint64_t *const *addr)
{
	return (char *)((uintptr_t)addr[0] & ~(uintptr_t)(hp_base_size - 1));
}

static int by_device(struct hp_operation *op, uint64_t **addr, uint64_t *words, int n)
{
	struct session *session = op->own;
	char *page = page_of(addr);
	int error = hp_device_read(session->device, page, 1, session->buffer, NULL);

	for (int i = 0; i < n && !error; i++)
		memcpy(&words[i], session->buffer + ((char *)addr[i] - page),
		       sizeof(words[i]));
	return error;
}

static int to_page(struct hp_operation *op, uint64_t **addr, uint64_t *words, int n)
{
	struct session *session = op->own;
	char *page = page_of(addr);
	int error = hp_device_read(session->device, page, 1, session->buffer, NULL);

	if (error)
		return error;
	for (int i = 0; i < n; i++)
		memcpy(session->buffer + ((char *)addr[i] - page), &words[i],
		       sizeof(words[i]));
	return hp_device_write(session->device, page, 1, session->buffer, NULL);
}

static int do_device_access(struct hp_operation *op)
{
	return op->number % 2 ? hp_read_page_by(op, by_device)
			      : hp_write_page_by(op, to_page);
}

/*
 * Uses coherent memory, since the device cannot always access its private memory; see
 * hp_device_read().
 */
const struct hp_actor hp_act_device_access = {
	.name = "device_access",
	.summary = "accesses by a device",
	.act = do_device_access,
	.targets = HP_ON_ANON,
	.range = HP_BASE_PAGE,
	.unmet = no_coherent,
	.begin = open_coherent,
	.end = close_session,
	.errnos = HP_ERRNOS(EFAULT, EPERM, EBUSY),
};
