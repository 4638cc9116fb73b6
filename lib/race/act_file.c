// SPDX-License-Identifier: LGPL-2.1-or-later
/* Actors that cut the target's file. */
#include "race/actor.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int do_truncate(struct hp_turn *turn)
{
	if (ftruncate(turn->fd, hp_offset(turn)))
		return errno;
	return hp_errno(ftruncate(turn->fd, (off_t)turn->area->size));
}

const struct hp_actor hp_act_truncate = {
	.name = "truncate",
	.summary = "ftruncate to a part, and back",
	.act = do_truncate,
	.targets = HP_ON_FILES,
	.range = HP_EITHER,
	.loses = HP_ON_FILES,
	.holes = HP_ON_FILES,
	.ends = HP_ON_FILES,
};

static int do_punch(struct hp_turn *turn)
{
	return hp_errno(fallocate(turn->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				  hp_offset(turn), (off_t)turn->size));
}

const struct hp_actor hp_act_punch = {
	.name = "punch",
	.summary = "fallocate(FALLOC_FL_PUNCH_HOLE)",
	.act = do_punch,
	.targets = HP_ON_FILES,
	.range = HP_EITHER,
	.loses = HP_ON_SHARED,
	.holes = HP_ON_FILES,
};
