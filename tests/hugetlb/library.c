// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The distribution's libhugetlbfs works on this kernel: it finds mounts, and the memory it
 * returns consists of huge pages from the pool.
 */
#include "hugeproof.h"

#include <dlfcn.h>
#include <hugetlbfs.h>
#include <sys/vfs.h>

/* The library reads mounts and environment when it is loaded: each case loads it again. */
static void *library(void)
{
	/* A separate instance, because the program is linked with one. */
	void *handle = dlmopen(LM_ID_NEWLM, "libhugetlbfs.so.0", RTLD_NOW);

	if (!handle)
		hp_skip_case("needs libhugetlbfs: install it (%s)", dlerror());
	return handle;
}

#define CALL(handle, name) ((__typeof__(&(name)))dlsym(handle, #name))

/* Writes all of the memory returned by the library. */
static void use(void *addr)
{
	struct hp_area area = hp_area_at(addr, hp_page_size, hp_page_size);

	hp_check(addr != NULL);
	hp_check_writable(&area, 'u');
}

static void needs_default_size(void *handle)
{
	if ((size_t)CALL(handle, gethugepagesize)() != hp_page_size)
		hp_skip_case("is about the default huge page size: run it with that");
}

HP_CASE(finds_mount, "libhugetlbfs finds a mount of the requested page size")
{
	const char *mount = hp_mount_hugetlbfs("mode=700"), *path;
	struct statfs status;
	void *handle = library();

	hp_check_eq(CALL(handle, hugetlbfs_test_path)(mount), 1);
	path = CALL(handle, hugetlbfs_find_path_for_size)((long)hp_page_size);
	hp_check(path != NULL);
	hp_check_ok(statfs(path, &status));
	hp_check_eq(status.f_bsize, hp_page_size);
}

HP_CASE(unlinked_file, "the unlinked file of libhugetlbfs has pages of the requested size")
{
	const char *mount = hp_mount_hugetlbfs("mode=700");
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area;
	int fd;

	hp_require(mount, "no mount");
	fd = hp_check_ok(
		CALL(library(), hugetlbfs_unlinked_fd_for_size)((long)hp_page_size));
	hp_resize_file(fd, 1);
	area = hp_map_file(fd, 0, 1, MAP_SHARED);
	hp_fill(area, 'u');
	hp_check_hugetlb(start, .free = -1);
	hp_unmap(area);
	hp_check_ok(close(fd));
	hp_check_hugetlb(start);
}

HP_CASE(huge_pages,
	"get_huge_pages takes pages from the pool, and free_huge_pages returns them")
{
	void *handle = library();
	struct hp_hugetlb_counts start = hp_hugetlb();
	char *addr;

	needs_default_size(handle);
	addr = CALL(handle, get_huge_pages)(hp_page_size, GHP_DEFAULT);
	use(addr);
	hp_check_hugetlb(start, .free = -1);
	CALL(handle, free_huge_pages)(addr);
	hp_check_hugetlb(start);
}

HP_CASE(region,
	"with an empty pool get_hugepage_region fails (GHR_STRICT) or uses base pages")
{
	void *handle = library();
	struct hp_hugetlb_counts start;
	char *addr;

	needs_default_size(handle);
	start = hp_pool_leave(0);
	hp_check(!CALL(handle, get_hugepage_region)(hp_page_size, GHR_STRICT));
	addr = CALL(handle, get_hugepage_region)(hp_page_size, GHR_FALLBACK);
	use(addr);
	hp_check_hugetlb(start);
	CALL(handle, free_hugepage_region)(addr);
}

HP_PROGRAM(.summary = "the packaged libhugetlbfs works on this kernel",
	   .needs = HP_NEEDS("hugetlb:1", "cap:sys_admin"),
	   .sources = HP_SOURCES({"man", "libhugetlbfs(7)"}, {"man", "get_huge_pages(3)"},
				 {"man", "hugetlbfs_unlinked_fd(3)"}))
