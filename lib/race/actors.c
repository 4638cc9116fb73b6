// SPDX-License-Identifier: LGPL-2.1-or-later
#include "race/actor.h"

const struct hp_actor *const hp_actors[] = {
	&hp_act_read,          &hp_act_write,
	&hp_act_populate,      &hp_act_vm_readv,
	&hp_act_vm_writev,     &hp_act_ptrace,
	&hp_act_uring,         &hp_act_pin,
	&hp_act_direct,        &hp_act_uffd_fill,
	&hp_act_uffd_protect,  &hp_act_msync,
	&hp_act_read_maps,     &hp_act_fork,
	&hp_act_exec,          &hp_act_map_again,
	&hp_act_mprotect,      &hp_act_mremap,
	&hp_act_mlock,         &hp_act_dontneed,
	&hp_act_free,          &hp_act_pageout,
	&hp_act_collapse,      &hp_act_split,
	&hp_act_ksm,           &hp_act_mbind,
	&hp_act_move_pages,    &hp_act_migrate_pages,
	&hp_act_balance,       &hp_act_compact,
	&hp_act_truncate,      &hp_act_punch,
	&hp_act_punch_fill,    &hp_act_offline,
	&hp_act_poison,        &hp_act_to_device,
	&hp_act_to_system,     &hp_act_to_coherent,
	&hp_act_device_access, NULL,
};
