// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The mount option huge= of tmpfs: which ways to allocate a page get a huge page, and how
 * the values "deny" and "force" of shmem_enabled override it.
 */
#include "hugeproof.h"

#include <sys/mount.h>
#include <sys/stat.h>

/* How the page is allocated, and whether the file covers the whole huge page. */
enum way { TOUCHED, ADVISED, PART_TOUCHED, PART_ADVISED, WRITTEN, ALLOCATED, WAYS };

static const char *const ways[WAYS] = {
	"touched",         "touched, MADV_HUGEPAGE",
	"touched, part",   "touched, part, MADV_HUGEPAGE",
	"written at once", "fallocate",
};

struct row {
	struct hp_variant variant;
	const char *option, *shmem_enabled;
	bool huge[WAYS]; /* by fallocate */
};

/* clang-format off */
static const struct row rows[] = {
	/*                                touched advised  part   part,adv. write  fallocate */
	{{"option_never", "a tmpfs with huge=never gets no huge pages"},
	 "huge=never",       "never", {false,  false,   false, false,    false, false}},
	{{"option_always", "tmpfs with huge=always gets huge pages, however allocated"},
	 "huge=always",      "never", {true,   true,    true,  true,     true,  true}},
	{{"option_within_size", "tmpfs with huge=within_size gets huge pages in the file or with advice"},
	 "huge=within_size", "never", {true,   true,    false, true,     true,  true}},
	{{"option_advise", "tmpfs with huge=advise gets huge pages with MADV_HUGEPAGE"},
	 "huge=advise",      "never", {false,  true,    false, true,     false, false}},
	{{"no_option", "tmpfs without the option huge= gets no huge pages"},
	 "",                 "never", {false,  false,   false, false,    false, false}},
	{{"setting_deny", "shmem_enabled=deny overrides huge=always of a mount"},
	 "huge=always",      "deny",  {false,  false,   false, false,    false, false}},
	{{"setting_force", "shmem_enabled=force overrides huge=never of a mount"},
	 "huge=never",       "force", {true,   true,    true,  true,     true,  true}},
};
/* clang-format on */

static void make_pages(enum way way, const struct hp_shmem *shmem,
		       const struct hp_area *area)
{
	char *buf;

	switch (way) {
	case ADVISED:
	case PART_ADVISED:
		hp_check_ok(madvise(area->addr, area->size, MADV_HUGEPAGE));
		hp_touch(hp_nth_page(area, 0));
		break;
	case WRITTEN:
		buf = calloc(1, hp_pmd_size);
		hp_require(buf, "no memory");
		hp_check_eq(pwrite(shmem->fd, buf, hp_pmd_size, 0), hp_pmd_size);
		free(buf);
		break;
	case ALLOCATED:
		hp_check_ok(fallocate(shmem->fd, 0, 0, (off_t)hp_pmd_size));
		break;
	default:
		hp_touch(hp_nth_page(area, 0));
	}
}

HP_NAMED_CASES(each_way, rows, row)
{
	const char *mount;

	hp_shmem_never();
	if (strcmp(row->shmem_enabled, "never") != 0)
		hp_shmem_enabled(0, row->shmem_enabled);
	mount = hp_mount_tmpfs(row->option);
	for (enum way way = 0; way < WAYS; way++) {
		struct hp_shmem *shmem = hp_shmem_in(mount, 1);
		struct hp_area *area = hp_map_all_shmem(shmem, MAP_SHARED);
		long fallbacks = hp_shmem_fallbacks(hp_pmd_size);
		size_t got;

		hp_step("%s, shmem_enabled %s, %s", row->option, row->shmem_enabled,
			ways[way]);
		if (way == PART_TOUCHED || way == PART_ADVISED)
			hp_check_ok(
				ftruncate(shmem->fd, (off_t)(hp_pmd_size - hp_base_size)));
		make_pages(way, shmem, area);
		*(volatile char *)area->addr;
		got = hp_folio_size(area->addr);
		hp_observed(ways[way], "%zu kB", got / 1024);
		hp_check(got >= hp_base_size && got <= hp_pmd_size);
		if (row->huge[way])
			hp_short_of_shmem(hp_pmd_size, got, fallbacks);
		hp_check_eq(got == hp_pmd_size, row->huge[way]);
		hp_unmap(area);
		close(shmem->fd);
	}
}

HP_CASE(deny_and_collapse,
	"MADV_COLLAPSE of tmpfs fails with shmem_enabled=deny (EINVAL), not with never")
{
	struct hp_shmem *shmem = hp_shmem_new(HP_TMPFS, 1);
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

/* Whether /proc/mounts shows the option for the mount. */
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

HP_CASE(remounted, "remounting a tmpfs with another huge= applies to pages allocated later")
{
	const char *mount_point;
	struct hp_shmem *shmem;
	struct hp_area *area;

	hp_shmem_never();
	mount_point = hp_mount_tmpfs("huge=never");
	shmem = hp_shmem_in(mount_point, 2);
	area = hp_map_all_shmem(shmem, MAP_SHARED);
	hp_touch(hp_nth_page(area, 0));
	hp_check(!shows(mount_point, "huge=always"));
	hp_check_ok(mount(NULL, mount_point, NULL, MS_REMOUNT, "huge=always"));
	hp_check(shows(mount_point, "huge=always"));
	hp_touch(hp_nth_page(area, hp_pages(area) / 2));
	hp_check_eq(hp_folio_size(area->addr), hp_base_size);
	hp_check_eq(hp_folio_size(area->addr + area->size / 2), hp_pmd_size);
}

HP_CASE(wrong,
	"mounting a tmpfs with an unknown huge= fails with EINVAL and changes nothing")
{
	const char *mount_point;

	hp_check(!hp_try_mount("none", "tmpfs", "huge=sometimes"));
	hp_check_eq(errno, EINVAL);
	/* These are values of shmem_enabled only. */
	hp_check(!hp_try_mount("none", "tmpfs", "huge=deny"));
	hp_check_eq(errno, EINVAL);
	hp_check(!hp_try_mount("none", "tmpfs", "huge=force"));
	hp_check_eq(errno, EINVAL);
	mount_point = hp_mount_tmpfs("huge=within_size");
	hp_check_errno(mount(NULL, mount_point, NULL, MS_REMOUNT, "huge=sometimes"),
		       EINVAL);
	hp_check(shows(mount_point, "huge=within_size"));
}

HP_CASE(block_size, "st_blksize of a file is the size of the pages that it is to get")
{
	static const struct {
		const char *option;
		bool huge;
	} mounts[] = {{"huge=never", false}, {"huge=always", true}, {"huge=advise", false}};

	if (!hp_kernel_from(5, 15))
		hp_skip_case("needs a kernel that asks for each file (Linux 5.15), and not "
			     "for the mount alone: run it in the lab");
	hp_shmem_never();
	for (size_t i = 0; i < sizeof(mounts) / sizeof(*mounts); i++) {
		const char *mount_point = hp_mount_tmpfs(mounts[i].option);
		struct hp_shmem *shmem = hp_shmem_in(mount_point, 1);
		struct stat status;

		hp_step("%s", mounts[i].option);
		hp_check_ok(fstat(shmem->fd, &status));
		hp_check_eq(status.st_blksize, mounts[i].huge ? hp_pmd_size : hp_base_size);
		hp_check_ok(stat(mount_point, &status));
		hp_check_eq(status.st_blksize, hp_base_size);
	}
}

HP_CASE(policy_wrong, "mounting a tmpfs with a malformed mpol= fails with EINVAL")
{
	static const char *const wrong[] = {
		"mpol=prefer:",     "mpol=bind",         "mpol=bind:",
		"mpol=prefer:0-1x", "mpol=default:0",    "mpol=local:0",
		"mpol=sometimes",   "mpol=prefer=how:0", "mpol=interleave:4095",
	};

	hp_need_policies();
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		hp_step("%s", wrong[i]);
		hp_check(!hp_try_mount("none", "tmpfs", wrong[i]));
		hp_check_eq(errno, EINVAL);
	}
	hp_mount_tmpfs("mpol=prefer:0");
	hp_mount_tmpfs("mpol=local");
}

HP_PROGRAM(.summary = "the mount option huge= of tmpfs decides which pages are huge",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("thp", "pagemap", "root", "cap:sys_admin"),
	   .sources = HP_SOURCES({"doc", "Documentation/filesystems/tmpfs.rst"},
				 {"doc", "Documentation/admin-guide/mm/transhuge.rst",
				  "Hugepages in tmpfs/shmem"}))
