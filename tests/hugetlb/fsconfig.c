// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A hugetlbfs can be configured step by step (fsopen, fsconfig, fsmount): a refused step
 * changes nothing, and reservations are released with the last descriptor.
 */
#include "hugeproof.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

static int opened(void)
{
	int fs = (int)syscall(SYS_fsopen, "hugetlbfs", FSOPEN_CLOEXEC);

	if (fs < 0 && errno == ENOSYS)
		hp_skip_case("needs fsopen() (Linux 5.2): run it in the lab");
	hp_require(fs >= 0, "fsopen: %s", strerror(errno));
	return fs;
}

static long set(int fs, const char *key, const char *value)
{
	return syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, key, value, 0);
}

static long set_kb(int fs, const char *key, size_t bytes)
{
	char value[32];

	snprintf(value, sizeof(value), "%zuk", bytes >> 10);
	return set(fs, key, value);
}

/* The root of a detached mount. */
static int mounted(int fs)
{
	hp_check_ok(syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
	return (int)hp_check_ok(syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0));
}

static int file_in(int root)
{
	return (int)hp_check_ok(openat(root, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
}

static void check_page_works(int root, size_t page_size)
{
	struct statfs status;
	struct hp_area *area;
	int fd;

	hp_check_ok(fstatfs(root, &status));
	hp_check_eq((size_t)status.f_bsize, page_size);
	if (page_size != hp_page_size)
		return;
	fd = file_in(root);
	hp_resize_file(fd, 1);
	area = hp_map_file(fd, 0, 1, MAP_SHARED);
	hp_check_writable(area, 'f');
	hp_unmap(area);
	hp_check_ok(close(fd));
}

HP_CASE(size_taken, "a hugetlbfs has the page size and limits set by fsconfig")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct statfs status;
	int fs = opened(), root, fd;

	hp_check_ok(set_kb(fs, "pagesize", hp_page_size));
	hp_check_ok(set_kb(fs, "size", hp_page_size));
	root = mounted(fs);
	check_page_works(root, hp_page_size);
	hp_check_ok(fstatfs(root, &status));
	hp_check_eq((long)status.f_blocks, 1);
	fd = file_in(root);
	hp_check_ok(fallocate(fd, 0, 0, (off_t)hp_page_size));
	hp_check_errno(fallocate(fd, 0, (off_t)hp_page_size, (off_t)hp_page_size), ENOSPC);
	hp_check_ok(close(fd));
	hp_check_ok(close(root));
	hp_check_ok(close(fs));
	hp_check_hugetlb(start);
}

static const struct wrong {
	struct hp_variant variant;
	const char *key, *value;
} wrong[] = {
	{{"pagesize", "a page size that the kernel lacks"}, "pagesize", "3M"},
	{{"no_pagesize", "a page size that is not a number"}, "pagesize", "large"},
	{{"mode", "a mode that is not a number"}, "mode", "rw"},
	{{"unknown", "an unknown key"}, "nobody_knows", "1"},
	{{"size", "a size that is not a number"}, "size", "large"},
};

HP_CASES(refused, "fsconfig refuses %s, and hugetlbfs is mounted without it", wrong, step)
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fs = opened(), root;

	hp_check_ok(set_kb(fs, "pagesize", hp_page_size));
	hp_check_errno(set(fs, step->key, step->value), EINVAL);
	root = mounted(fs);
	check_page_works(root, hp_page_size);
	hp_check_ok(close(root));
	hp_check_ok(close(fs));
	hp_check_hugetlb(start);
}

HP_CASE(refused_first, "after fsconfig refused a page size, hugetlbfs has the default one")
{
	long kb = hp_meminfo_kb("Hugepagesize");
	int fs = opened(), root;

	hp_check_errno(set(fs, "pagesize", "3M"), EINVAL);
	root = mounted(fs);
	check_page_works(root, (size_t)kb << 10);
}

HP_CASE(promised,
	"min_size is reserved from the creation of a hugetlbfs until its last close")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fs = opened(), root;

	hp_check_ok(set_kb(fs, "pagesize", hp_page_size));
	hp_check_ok(set_kb(fs, "min_size", hp_page_size));
	hp_check_hugetlb(start);
	root = mounted(fs);
	hp_check_hugetlb(start, .rsvd = +1);
	hp_step("the descriptor that configured it is closed");
	hp_check_ok(close(fs));
	hp_check_hugetlb(start, .rsvd = +1);
	check_page_works(root, hp_page_size);
	hp_check_hugetlb(start, .rsvd = +1);
	hp_check_ok(close(root));
	hp_eventually(hp_hugetlb().rsvd == start.rsvd, 5);
	hp_check_hugetlb(start);
}

HP_CASE(given_up, "min_size reserves nothing until the configured hugetlbfs is created")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fs = opened();

	hp_check_ok(set_kb(fs, "pagesize", hp_page_size));
	hp_check_ok(set_kb(fs, "min_size", hp_page_size));
	hp_check_ok(close(fs));
	hp_check_hugetlb(start);
}

HP_PROGRAM(.summary = "fsconfig configures a hugetlbfs step by step",
	   .needs = HP_NEEDS("hugetlb:2", "root", "cap:sys_admin"),
	   /* Without the fix an oops, after which guests were seen to stop answering. */
	   .case_tags = HP_CASE_TAGS({"refused_*pagesize", "dangerous"},
				     {"refused_first", "dangerous"}),
	   .sources = HP_SOURCES({"doc", "Documentation/filesystems/mount_api.rst"},
				 {"doc", "Documentation/admin-guide/mm/hugetlbpage.rst"},
				 {"commit", "79d72c68c58784",
				  "fs,hugetlb: fix NULL pointer dereference in "
				  "hugetlbs_fill_super"}))
