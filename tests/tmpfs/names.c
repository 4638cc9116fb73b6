// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A file of huge pages keeps them as long as it has a name or a user, whatever happens to
 * its names; and the file system counts it exactly towards its limits of inodes and bytes.
 */
#include "hugeproof.h"

#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/xattr.h>

static const char *mount_point;

static const char *path(const char *name)
{
	return hp_path_in(mount_point, name);
}

/*
 * Whether a security module labels new files (SELinux): labels use up inodes, so that a
 * file costs more than one, and it is not documented how many.
 */
static bool labelled;

/*
 * Mounts a tmpfs for that many inodes, including the root, and more bytes than they need.
 */
static void mount_for(int files)
{
	char options[64], names[1024];
	ssize_t size;

	snprintf(options, sizeof(options), "nr_inodes=%d,size=%zu", files, 8 * hp_pmd_size);
	hp_shmem_never();
	mount_point = hp_mount_tmpfs(options);
	hp_check_ok(mknod(path("label"), S_IFREG | 0600, 0));
	size = listxattr(path("label"), names, sizeof(names));
	labelled =
		size > 0 && memmem(names, (size_t)size, "security.", strlen("security."));
	hp_check_ok(unlink(path("label")));
}

/* The same, for a case that reaches the limit of inodes. */
static void mount_for_exactly(int files)
{
	mount_for(files);
	if (labelled)
		hp_skip_case(
			"needs files of tmpfs that no security module labels (SELinux): "
			"run it in the lab");
}

static size_t used_bytes(void)
{
	struct statfs status;

	hp_check_ok(statfs(mount_point, &status));
	return (status.f_blocks - status.f_bfree) * hp_base_size;
}

/* That many bytes are used, and that many more files can be created. */
static void check_left(size_t used, long files)
{
	struct statfs status;

	hp_check_eq(used_bytes(), used);
	hp_check_ok(statfs(mount_point, &status));
	if (!labelled)
		hp_check_eq(status.f_ffree, files);
}

/* Makes an open file huge, maps and fills it. */
static struct hp_area *huge(int fd, char tag)
{
	struct hp_shmem shmem = {HP_TMPFS, fd, hp_pmd_size, NULL};
	struct hp_area *area;

	hp_check_ok(ftruncate(fd, (off_t)hp_pmd_size));
	area = hp_map_all_shmem(&shmem, MAP_SHARED);
	hp_fill(area, tag);
	hp_check_eq(hp_collapse(area), 0);
	return area;
}

static struct hp_area *huge_file(const char *name)
{
	int fd = hp_check_ok(open(path(name), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
	struct hp_area *area = huge(fd, name[0]);

	hp_check_ok(close(fd));
	return area;
}

HP_CASE(unlinked, "an unlinked file of huge pages is freed when its mapping is gone")
{
	struct hp_area *area;

	mount_for(5);
	area = huge_file("u");
	check_left(hp_pmd_size, 3);
	hp_check_ok(unlink(path("u")));
	check_left(hp_pmd_size, 3);
	hp_check_filled(area, 'u');
	hp_check_eq(hp_mapped_huge(area), hp_pmd_size);
	hp_check_ok(munmap(area->addr, hp_base_size));
	hp_check_filled(hp_part(area, hp_base_size, hp_pmd_size - hp_base_size), 'u');
	check_left(hp_pmd_size, 3);
	hp_unmap(area);
	check_left(0, 4);
}

HP_CASE(linked,
	"hard links count towards nr_inodes, and the last unlink frees the huge pages")
{
	mount_for_exactly(4);
	hp_unmap(huge_file("l"));
	hp_check_ok(link(path("l"), path("m")));
	check_left(hp_pmd_size, 1);
	hp_check_ok(link(path("l"), path("n")));
	check_left(hp_pmd_size, 0);
	hp_check_errno(link(path("l"), path("o")), ENOSPC);
	check_left(hp_pmd_size, 0);
	hp_check_ok(unlink(path("l")));
	hp_check_ok(unlink(path("m")));
	check_left(hp_pmd_size, 2);
	hp_check_ok(unlink(path("n")));
	check_left(0, 3);
}

HP_CASE(nameless, "an O_TMPFILE counts as one inode, with a name and without")
{
	struct hp_area *area;
	char self[64];
	int fd;

	mount_for(4);
	for (int named = 0; named < 2; named++) {
		fd = hp_check_ok(open(mount_point, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
		area = huge(fd, 't');
		check_left(hp_pmd_size, 2);
		snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
		if (named)
			hp_check_ok(linkat(AT_FDCWD, self, AT_FDCWD, path("t"),
					   AT_SYMLINK_FOLLOW));
		check_left(hp_pmd_size, 2);
		hp_check_ok(close(fd));
		hp_unmap(area);
		check_left(named ? hp_pmd_size : 0, named ? 2 : 3);
	}
	hp_check_ok(link(path("t"), path("u")));
	check_left(hp_pmd_size, 1);
	hp_check_ok(unlink(path("t")));
	hp_check_ok(unlink(path("u")));
	check_left(0, 3);
}

HP_CASE(renamed, "rename over a mapped file keeps its contents until it is unmapped")
{
	struct hp_area *area, *old;

	mount_for(5);
	area = huge_file("n");
	old = huge_file("o");
	check_left(2 * hp_pmd_size, 2);
	hp_check_ok(rename(path("n"), path("o")));
	check_left(2 * hp_pmd_size, 2);
	hp_check_filled(old, 'o');
	hp_unmap(old);
	check_left(hp_pmd_size, 3);
	hp_check_filled(area, 'n');
	hp_check_eq(hp_mapped_huge(area), hp_pmd_size);
	hp_unmap(area);
	hp_check_ok(unlink(path("o")));
	check_left(0, 4);
}

HP_CASE(nr_inodes,
	"nr_inodes limits files of every kind, and failed creations leave nothing")
{
	mount_for_exactly(5);
	hp_check_ok(mkdir(path("d"), 0700));
	hp_check_ok(symlink("d", path("s")));
	hp_check_ok(mknod(path("p"), S_IFIFO | 0600, 0));
	check_left(0, 1);
	hp_unmap(huge_file("d/f"));
	check_left(hp_pmd_size, 0);
	hp_check_errno(open(path("g"), O_CREAT | O_RDWR, 0600), ENOSPC);
	hp_check_errno(open(mount_point, O_TMPFILE | O_RDWR, 0600), ENOSPC);
	hp_check_errno(mkdir(path("e"), 0700), ENOSPC);
	hp_check_errno(symlink("d", path("t")), ENOSPC);
	hp_check_errno(mknod(path("q"), S_IFIFO | 0600, 0), ENOSPC);
	check_left(hp_pmd_size, 0);
	hp_check_errno(mount(NULL, mount_point, NULL, MS_REMOUNT, "nr_inodes=4"), EINVAL);
	hp_check_ok(mount(NULL, mount_point, NULL, MS_REMOUNT, "nr_inodes=6"));
	check_left(hp_pmd_size, 1);
	hp_check_ok(unlink(path("d/f")));
	hp_check_ok(unlink(path("s")));
	check_left(0, 3);
}

HP_CASE(size,
	"remounting tmpfs below its used size fails with EINVAL, at that size succeeds")
{
	struct hp_area *area;
	const char *options;
	int fd;

	mount_for(5);
	area = huge_file("s");
	options = hp_size_option("size", hp_pmd_size - hp_base_size);
	hp_check_errno(mount(NULL, mount_point, NULL, MS_REMOUNT, options), EINVAL);
	check_left(hp_pmd_size, 3);
	options = hp_size_option("size", hp_pmd_size);
	hp_check_ok(mount(NULL, mount_point, NULL, MS_REMOUNT, options));
	hp_check_blocks(mount_point, (long)(hp_pmd_size / hp_base_size), 0);
	fd = hp_check_ok(open(path("f"), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
	hp_check_errno(write(fd, "f", 1), ENOSPC);
	hp_check_filled(area, 's');
	hp_step("truncating the other file by a page makes room for one");
	hp_check_ok(truncate(path("s"), (off_t)(hp_pmd_size - hp_base_size)));
	hp_check_eq_split(used_bytes(), hp_pmd_size - hp_base_size);
	hp_check_eq(write(fd, "f", 1), 1);
	hp_check_blocks(mount_point, (long)(hp_pmd_size / hp_base_size), 0);
}

HP_PROGRAM(.summary = "tmpfs keeps huge pages while files are renamed and unlinked, and "
		      "counts them",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("shmem-thp", "pagemap", "root", "cap:sys_admin"),
	   .sources =
		   HP_SOURCES({"doc", "Documentation/filesystems/tmpfs.rst"},
			      {"man", "open(2)", "O_TMPFILE"},
			      {"commit", "1062af920c07",
			       "tmpfs: fix link accounting when a tmpfile is linked in"}))
