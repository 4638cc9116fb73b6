// SPDX-License-Identifier: LGPL-2.1-or-later
/* Actors that truncate the target's file, or punch holes into it. */
#include "race/actor.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int do_truncate(struct hp_operation *op)
{
	if (ftruncate(op->fd, hp_offset(op)))
		return errno;
	return hp_errno(ftruncate(op->fd, (off_t)op->area->size));
}

const struct hp_actor hp_act_truncate = {
	.name = "truncate",
	.summary = "truncation and extension",
	.act = do_truncate,
	.targets = HP_ON_FILES,
	.range = HP_EITHER,
	.loses = HP_ON_FILES,
	.holes = HP_ON_FILES,
	.ends = HP_ON_FILES,
};

static int do_punch(struct hp_operation *op)
{
	return hp_errno(hp_punch(op->fd, (uint64_t)hp_offset(op), op->size));
}

static int do_punch_fill(struct hp_operation *op)
{
	int error = do_punch(op);

	return error ? error
		     : hp_errno(fallocate(op->fd, 0, hp_offset(op), (off_t)op->size));
}

const struct hp_actor hp_act_punch_fill = {
	.name = "punch_fill",
	.summary = "hole punching and refilling",
	.act = do_punch_fill,
	.targets = HP_ON_FILES,
	.range = HP_EITHER,
	.loses = HP_ON_SHARED,
	.holes = HP_ON_FILES,
};

const struct hp_actor hp_act_punch = {
	.name = "punch",
	.summary = "hole punching",
	.act = do_punch,
	.targets = HP_ON_FILES,
	.range = HP_EITHER,
	.loses = HP_ON_SHARED,
	.holes = HP_ON_FILES,
};
