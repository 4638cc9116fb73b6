// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The mount option huge= of tmpfs: what was asked for and what each way to make pages got,
 * with the common setting's "deny" and "force" over it.
 */
#include "hugeproof.h"

#include <sys/mount.h>

/* How pages come into the file, and whether the whole extent lies within it. */
enum way { TOUCHED, ADVISED, PART_TOUCHED, PART_ADVISED, WRITTEN, ALLOCATED, WAYS };

static const char *const ways[WAYS] = {
	"touched",         "touched, MADV_HUGEPAGE",
	"touched, part",   "touched, part, MADV_HUGEPAGE",
	"written at once", "by fallocate",
};

struct row {
	const char *option, *shmem_enabled;
	bool huge[WAYS]; /* what documentation promises */
};

/* clang-format off */
static const struct row
	/*                                   touched advised  part   part,adv. write  fallocate */
	never       = {"huge=never",       "never", {false,  false,   false, false,    false, false}},
	always      = {"huge=always",      "never", {true,   true,    true,  true,     true,  true}},
	within_size = {"huge=within_size", "never", {true,   true,    false, true,     true,  true}},
	advise      = {"huge=advise",      "never", {false,  true,    false, true,     false, false}},
	by_default  = {"",                 "never", {false,  false,   false, false,    false, false}},
	denied      = {"huge=always",      "deny",  {false,  false,   false, false,    false, false}},
	forced      = {"huge=never",       "force", {true,   true,    true,  true,     true,  true}};
/* clang-format on */

static size_t base, huge;

static void make_pages(enum way way, const struct hp_shmem *shmem,
		       const struct hp_area *area)
{
	char *buf;

	switch (way) {
	case ADVISED:
	case PART_ADVISED:
		hp_check_ok(madvise(area->addr, area->size, MADV_HUGEPAGE));
		hp_touch_page(area, 0);
		break;
	case WRITTEN:
		buf = calloc(1, huge);
		hp_require(buf, "no memory");
		hp_check_eq(pwrite(shmem->fd, buf, huge, 0), huge);
		free(buf);
		break;
	case ALLOCATED:
		hp_check_ok(fallocate(shmem->fd, 0, 0, (off_t)huge));
		break;
	default:
		hp_touch_page(area, 0);
	}
}

static void check_row(const struct row *row)
{
	const char *mount;

	base = hp_base_page_size();
	huge = hp_thp_size();
	hp_shmem_never();
	if (strcmp(row->shmem_enabled, "never") != 0)
		hp_shmem_enabled(0, row->shmem_enabled);
	mount = hp_mount_tmpfs(row->option);
	for (enum way way = 0; way < WAYS; way++) {
		struct hp_shmem *shmem = hp_shmem_in(mount, 1);
		struct hp_area *area = hp_map_all_shmem(shmem, MAP_SHARED);
		long fallbacks = hp_shmem_fallbacks(huge);
		size_t got;

		hp_step("%s, shmem_enabled %s, %s", row->option, row->shmem_enabled,
			ways[way]);
		if (way == PART_TOUCHED || way == PART_ADVISED)
			hp_check_ok(ftruncate(shmem->fd, (off_t)(huge - base)));
		make_pages(way, shmem, area);
		*(volatile char *)area->addr;
		got = hp_folio_size(area->addr);
		hp_observed(ways[way], "%zu kB", got / 1024);
		hp_check(got >= base && got <= huge);
		if (row->huge[way])
			hp_short_of_shmem(huge, got, fallbacks);
		hp_check_eq(got == huge, row->huge[way]);
		hp_unmap(area);
		close(shmem->fd);
	}
}

HP_CASE(option_never, "huge=never: no huge pages")
{
	check_row(&never);
}

HP_CASE(option_always, "huge=always: huge pages wherever a page is made")
{
	check_row(&always);
}

HP_CASE(option_within_size, "huge=within_size: only within the file, or as advised")
{
	check_row(&within_size);
}

HP_CASE(option_advise, "huge=advise: where MADV_HUGEPAGE says so")
{
	check_row(&advise);
}

HP_CASE(no_option, "no option: no huge pages")
{
	check_row(&by_default);
}

HP_CASE(setting_deny, "shmem_enabled deny overrides the mounts")
{
	check_row(&denied);
}

HP_CASE(setting_force, "shmem_enabled force overrides the mounts")
{
	check_row(&forced);
}

HP_CASE(deny_and_collapse, "deny holds for MADV_COLLAPSE too: EINVAL; never does not")
{
	struct hp_shmem *shmem = hp_shmem(HP_TMPFS, 1);
	struct hp_area *area = hp_map_all_shmem(shmem, MAP_SHARED);

	hp_fill(area, 'd');
	hp_shmem_enabled(0, "deny");
	hp_check_eq(hp_collapse(area), EINVAL);
	hp_check_eq(hp_mapped_huge(area), 0);
	hp_shmem_enabled(0, "never");
	hp_check_eq(hp_collapse(area), 0);
	hp_check_eq(hp_mapped_huge(area), area->size);
	hp_check_filled(area, 'd');
}

/* The options of a mount as /proc/mounts shows them. */
static bool shows(const char *mount, const char *option)
{
	char line[1024];
	FILE *mounts = fopen("/proc/self/mounts", "re");
	bool found = false;

	hp_require(mounts, "cannot read /proc/self/mounts");
	while (!found && fgets(line, sizeof(line), mounts))
		found = strstr(line, mount) && strstr(line, option);
	fclose(mounts);
	return found;
}

HP_CASE(remounted, "a remount changes the option for pages made later")
{
	const char *mount_point;
	struct hp_shmem *shmem;
	struct hp_area *area;

	hp_shmem_never();
	mount_point = hp_mount_tmpfs("huge=never");
	shmem = hp_shmem_in(mount_point, 2);
	area = hp_map_all_shmem(shmem, MAP_SHARED);
	hp_touch_page(area, 0);
	hp_check(!shows(mount_point, "huge=always"));
	hp_check_ok(mount(NULL, mount_point, NULL, MS_REMOUNT, "huge=always"));
	hp_check(shows(mount_point, "huge=always"));
	hp_touch_page(area, hp_pages(area) / 2);
	hp_check_eq(hp_folio_size(area->addr), hp_base_page_size());
	hp_check_eq(hp_folio_size(area->addr + area->size / 2), hp_thp_size());
}

HP_CASE(wrong, "an unknown value: EINVAL, and nothing is mounted or changed")
{
	const char *mount_point;

	hp_check(!hp_try_mount("none", "tmpfs", "huge=sometimes"));
	hp_check_eq(errno, EINVAL);
	/* These are values of the setting alone. */
	hp_check(!hp_try_mount("none", "tmpfs", "huge=deny"));
	hp_check_eq(errno, EINVAL);
	hp_check(!hp_try_mount("none", "tmpfs", "huge=force"));
	hp_check_eq(errno, EINVAL);
	mount_point = hp_mount_tmpfs("huge=within_size");
	hp_check_errno(mount(NULL, mount_point, NULL, MS_REMOUNT, "huge=sometimes"),
		       EINVAL);
	hp_check(shows(mount_point, "huge=within_size"));
}

HP_PROGRAM(.summary = "huge= of a tmpfs: each way to make a page gets what it asks for",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("thp", "pagemap", "root", "cap:sys_admin"),
	   .source = "Documentation/filesystems/tmpfs.rst; "
		     "Documentation/admin-guide/mm/transhuge.rst, Hugepages in tmpfs/shmem")
