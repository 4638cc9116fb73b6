// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * hugetlbfs supports directories, links, special files, owners and modes like other file
 * systems, and its files keep their pages through all of that.
 */
#include "hugeproof.h"

#include <sys/sysmacros.h>
#include <sys/vfs.h>

static const char *mount_point;

static const char *path(const char *name)
{
	return hp_path_in(mount_point, name);
}

static struct stat stat_of(const char *name)
{
	struct stat status;

	hp_check_ok(lstat(path(name), &status));
	return status;
}

static long free_inodes(void)
{
	struct statfs status;

	hp_check_ok(statfs(mount_point, &status));
	return (long)status.f_ffree;
}

/* Creates and fills a file of one page. */
static struct hp_area *file_called(const char *name, int *fd)
{
	struct hp_area *area;

	*fd = hp_check_ok(open(path(name), O_CREAT | O_RDWR | O_CLOEXEC, 0640));
	area = hp_map_file(*fd, 0, 1, MAP_SHARED);
	hp_fill(area, name[0]);
	return area;
}

static void check_contents(const char *name, char tag)
{
	int fd = hp_check_ok(open(path(name), O_RDWR | O_CLOEXEC));
	struct hp_area *area = hp_map_file(fd, 0, 1, MAP_SHARED);

	hp_check_filled(area, tag);
	hp_unmap(area);
	hp_check_ok(close(fd));
}

HP_CASE(links, "a huge page is freed when the last hard link of its file is removed")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fd;

	mount_point = hp_mount_hugetlbfs("size=100%,nr_inodes=10");
	hp_unmap(file_called("a", &fd));
	hp_check_ok(close(fd));
	hp_check_ok(link(path("a"), path("b")));
	hp_check_eq(stat_of("b").st_nlink, 2);
	hp_check_eq(stat_of("a").st_ino, stat_of("b").st_ino);
	hp_check_eq(free_inodes(), 8);
	hp_check_ok(unlink(path("a")));
	hp_check_hugetlb(start, .free = -1);
	check_contents("b", 'a');
	hp_check_ok(unlink(path("b")));
	hp_check_hugetlb(start);
	hp_check_eq(free_inodes(), 9);
}

HP_CASE(renamed, "rename over a hugetlbfs file frees the old page once it is unmapped")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area, *old;
	int fd, gone;

	mount_point = hp_mount_hugetlbfs("size=100%,nr_inodes=10");
	area = file_called("n", &fd);
	old = file_called("o", &gone);
	hp_check_hugetlb(start, .free = -2);
	hp_check_ok(rename(path("n"), path("o")));
	hp_check_ok(close(gone));
	hp_check_filled(old, 'o');
	hp_check_hugetlb(start, .free = -2);
	hp_unmap(old);
	hp_check_hugetlb(start, .free = -1);
	hp_check_filled(area, 'n');
	check_contents("o", 'n');
	hp_check_eq(free_inodes(), 8);
	hp_check_errno(open(path("n"), O_RDWR), ENOENT);
}

HP_CASE(nameless, "an O_TMPFILE of hugetlbfs can be used, and linked to a name later")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	char self[64];
	int fd, again;

	mount_point = hp_mount_hugetlbfs("size=100%,nr_inodes=10");
	for (int named = 0; named < 2; named++) {
		struct hp_area *area;

		fd = open(mount_point, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR))
			hp_skip_case("needs O_TMPFILE of hugetlbfs: run it on Linux 5.12 "
				     "or newer");
		hp_check_ok(fd);
		area = hp_map_file(fd, 0, 1, MAP_SHARED);
		hp_fill(area, 't');
		hp_check_eq(free_inodes(), 8);
		hp_check_hugetlb(start, .free = -1);
		if (named) {
			snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
			hp_check_ok(linkat(AT_FDCWD, self, AT_FDCWD, path("t"),
					   AT_SYMLINK_FOLLOW));
		}
		hp_unmap(area);
		hp_check_ok(close(fd));
		hp_check_hugetlb(start, .free = named ? -1 : 0);
		hp_check_eq(free_inodes(), named ? 8 : 9);
	}
	check_contents("t", 't');
	again = hp_check_ok(open(path("t"), O_RDWR | O_CLOEXEC));
	hp_check_ok(close(again));
	hp_check_ok(unlink(path("t")));
	hp_check_eq(free_inodes(), 9);
	hp_check_hugetlb(start);
}

HP_CASE(special,
	"directories, pipes and devices on hugetlbfs are created, counted and removed")
{
	mount_point = hp_mount_hugetlbfs("size=100%,nr_inodes=6");
	hp_check_ok(mkdir(path("d"), 0750));
	hp_check_eq(stat_of(".").st_nlink, 3);
	hp_check_eq(stat_of("d").st_mode, S_IFDIR | 0750);
	hp_check_ok(mknod(path("d/pipe"), S_IFIFO | 0600, 0));
	hp_check_eq(stat_of("d/pipe").st_mode, S_IFIFO | 0600);
	hp_check_ok(mknod(path("null"), S_IFCHR | 0600, makedev(1, 3)));
	hp_check_eq(stat_of("null").st_rdev, makedev(1, 3));
	hp_check_eq(free_inodes(), 2);
	hp_check_errno(rmdir(path("d")), ENOTEMPTY);
	hp_check_ok(rename(path("d/pipe"), path("pipe")));
	hp_check_ok(rmdir(path("d")));
	hp_check_eq(stat_of(".").st_nlink, 2);
	hp_check_ok(unlink(path("pipe")));
	hp_check_ok(unlink(path("null")));
	hp_check_eq(free_inodes(), 5);
}

HP_CASE(symbolic, "a symbolic link on hugetlbfs works, or fails and leaves nothing behind")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	char to[16] = "";
	int fd, error;

	mount_point = hp_mount_hugetlbfs("size=100%,nr_inodes=6");
	hp_unmap(file_called("f", &fd));
	error = symlink("f", path("link")) ? errno : 0;
	hp_observed("a symbolic link", "%s", error ? strerrorname_np(error) : "works");
	hp_check_eq(free_inodes(), error ? 4 : 3);
	hp_check_hugetlb(start, .free = -1);
	if (error) {
		/* hugetlbfs cannot write the name of the target to a page. */
		hp_check_eq(error, EINVAL);
		hp_check_errno(readlink(path("link"), to, sizeof(to)), ENOENT);
		return;
	}
	hp_check_eq(readlink(path("link"), to, sizeof(to)), 1);
	hp_check_eq(to[0], 'f');
	check_contents("link", 'f');
}

HP_CASE(set_gid,
	"files in a set-gid directory of hugetlbfs get its group, and directories the bit")
{
	int fd;

	mount_point = hp_mount_hugetlbfs("gid=34,mode=770");
	hp_check_ok(chmod(mount_point, 02770));
	hp_check_eq(stat_of(".").st_mode & 07777, 02770);
	file_called("f", &fd);
	hp_check_eq(stat_of("f").st_gid, 34);
	hp_check_eq(stat_of("f").st_mode, S_IFREG | 0640);
	hp_check_ok(mkdir(path("d"), 0700));
	hp_check_eq(stat_of("d").st_gid, 34);
	hp_check_eq(stat_of("d").st_mode & 07777, 02700);
}

HP_CASE(attributes, "chown, chmod and utimens of a hugetlbfs file keep its page")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	static const struct timespec times[2] = {{1000, 1}, {2000, 2}};
	struct stat status;
	int fd;
	struct hp_area *area;

	mount_point = hp_mount_hugetlbfs("");
	area = file_called("f", &fd);
	hp_check_ok(fchown(fd, 12, 34));
	hp_check_ok(fchmod(fd, 0604));
	hp_check_ok(futimens(fd, times));
	status = stat_of("f");
	hp_check_eq(status.st_uid, 12);
	hp_check_eq(status.st_gid, 34);
	hp_check_eq(status.st_mode, S_IFREG | 0604);
	hp_check_eq(status.st_atim.tv_sec, 1000);
	hp_check_eq(status.st_mtim.tv_sec, 2000);
	hp_check_eq(status.st_size, hp_page_size);
	hp_check_eq(status.st_blksize, hp_page_size);
	hp_check_filled(area, 'f');
	hp_check_hugetlb(start, .free = -1);
}

HP_CASE(seek, "SEEK_DATA and SEEK_HOLE treat a hugetlb file as data up to its end")
{
	const off_t end = (off_t)(2 * hp_page_size);
	int fd = hp_hugetlb_file();

	hp_check_ok(ftruncate(fd, end));
	hp_check_eq(lseek(fd, 5, SEEK_DATA), 5);
	hp_check_eq(lseek(fd, 5, SEEK_HOLE), end);
	hp_check_errno(lseek(fd, end, SEEK_DATA), ENXIO);
	hp_check_errno(lseek(fd, end, SEEK_HOLE), ENXIO);
	hp_check_eq(lseek(fd, 0, SEEK_END), end);
}

HP_PROGRAM(.summary = "hugetlbfs supports links, directories, owners and modes",
	   .needs = HP_NEEDS("hugetlb:2", "root", "cap:sys_admin"),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/hugetlbpage.rst"},
				 {"man", "open(2)", "O_TMPFILE"}, {"man", "inode(7)"}))
