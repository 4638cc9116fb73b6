// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A page of a hugetlbfs mount that migrated to another node still belongs to the mount:
 * size= and min_size= count it as before, and it returns to them when it is freed there.
 */
#include "hugeproof.h"

#include <numa.h>
#include <numaif.h>
#include <sys/mount.h>

/* From the first node with memory to the second. */
#define FROM hp_node(0)
#define TO   hp_node(1)

static void by_move_pages(const struct hp_area *area, int from, int to)
{
	(void)from;
	hp_move_to_node(area->addr, to);
}

static void by_mbind(const struct hp_area *area, int from, int to)
{
	struct bitmask *mask = numa_allocate_nodemask();

	(void)from;
	numa_bitmask_setbit(mask, (unsigned int)to);
	hp_check_ok(mbind(area->addr, area->size, MPOL_BIND, mask->maskp, mask->size + 1,
			  MPOL_MF_MOVE));
	numa_free_nodemask(mask);
}

static void by_migrate_pages(const struct hp_area *area, int from, int to)
{
	struct bitmask *old = numa_allocate_nodemask(), *new = numa_allocate_nodemask();

	(void)area;
	numa_bitmask_setbit(old, (unsigned int)from);
	numa_bitmask_setbit(new, (unsigned int)to);
	hp_check_ok(numa_migrate_pages(0, old, new));
	numa_free_nodemask(old);
	numa_free_nodemask(new);
}

static const struct way {
	struct hp_variant variant;
	void (*move)(const struct hp_area *area, int from, int to);
} ways[] = {
	{{"move_pages", "move_pages"}, by_move_pages},
	{{"mbind", "mbind with MPOL_MF_MOVE"}, by_mbind},
	{{"migrate_pages", "migrate_pages"}, by_migrate_pages},
};

/*
 * Two pages on each node; a mount with size of two and min_size of one, with an empty file.
 */
static const char *mounted(struct hp_hugetlb_counts *start, int *fd)
{
	char options[96];
	const char *mount;

	hp_pool_of_nodes(2, 2);
	*start = hp_hugetlb();
	snprintf(options, sizeof(options), "size=%zu,min_size=%zu", 2 * hp_page_size,
		 hp_page_size);
	mount = hp_mount_hugetlbfs(options);
	*fd = hp_check_ok(hp_open_file(mount, "file", O_CREAT | O_RDWR));
	return mount;
}

/* Maps a page of the file, bound to the first node, and fills it. */
static struct hp_area *page_on_first(int fd, int type)
{
	struct hp_area *area = hp_map_file(fd, 0, 1, type);

	hp_bind_area(area, FROM);
	hp_fill(area, 'm');
	hp_check_eq(hp_node_of(area->addr), FROM);
	return area;
}

HP_CASES(punched, "size= and min_size= stay exact when a page migrates and is punched out",
	 ways, way)
{
	struct hp_hugetlb_counts start, now;
	int fd;
	const char *mount = mounted(&start, &fd);
	struct hp_area *area = page_on_first(fd, MAP_SHARED);

	for (int i = 0; i < 2; i++) {
		hp_check_blocks(mount, 2, 1);
		hp_check_hugetlb(start, .free = -1);
		way->move(area, FROM, TO);
		hp_check_eq(hp_node_of(area->addr), TO);
		hp_check_filled(area, 'm');
		hp_check_blocks(mount, 2, 1);
		hp_check_hugetlb(start, .free = -1);
		hp_check_ok(hp_punch(fd, 0, hp_page_size));
		hp_check_blocks(mount, 2, 2);
		hp_check_hugetlb(start, .rsvd = +1);
		hp_unmap(area);
		area = page_on_first(fd, MAP_SHARED);
	}
	hp_unmap(area);
	hp_check_ok(close(fd));
	hp_check_ok(umount(mount));
	hp_check_hugetlb(start);
	now = hp_hugetlb();
	hp_check_eq(now.node[FROM].free, start.node[FROM].free);
	hp_check_eq(now.node[TO].free, start.node[TO].free);
}

HP_CASES(truncated,
	 "size= and min_size= stay exact when a page migrates twice and is truncated", ways,
	 way)
{
	struct hp_hugetlb_counts start;
	int fd;
	const char *mount = mounted(&start, &fd);
	struct hp_area *area = page_on_first(fd, MAP_SHARED);

	way->move(area, FROM, TO);
	hp_check_eq(hp_node_of(area->addr), TO);
	way->move(area, TO, FROM);
	hp_check_eq(hp_node_of(area->addr), FROM);
	hp_check_blocks(mount, 2, 1);
	hp_check_ok(ftruncate(fd, 0));
	hp_check_blocks(mount, 2, 2);
	hp_check_hugetlb(start, .rsvd = +1);
	hp_check_ok(fallocate(fd, 0, 0, (off_t)(2 * hp_page_size)));
	hp_check_blocks(mount, 2, 0);
	hp_check_hugetlb(start, .free = -2);
	hp_check_ok(close(fd));
}

HP_CASES(private_copy,
	 "size= and min_size= stay exact when a private copy migrates and is unmapped",
	 ways, way)
{
	struct hp_hugetlb_counts start;
	int fd;
	const char *mount = mounted(&start, &fd);
	struct hp_area *area = page_on_first(fd, MAP_PRIVATE);

	hp_check_blocks(mount, 2, 1);
	way->move(area, FROM, TO);
	hp_observed("the copy", hp_node_of(area->addr) == TO ? "moved" : "stayed");
	hp_check_filled(area, 'm');
	hp_check_blocks(mount, 2, 1);
	hp_check_hugetlb(start, .free = -1);
	hp_unmap(area);
	hp_check_blocks(mount, 2, 2);
	hp_check_hugetlb(start, .rsvd = +1);
	hp_check_ok(close(fd));
	hp_check_ok(umount(mount));
	hp_check_hugetlb(start);
}

HP_PROGRAM(.summary = "a page of a hugetlbfs mount is accounted to the mount on another "
		      "node as well",
	   .needs = HP_NEEDS("nodes:2", "pool:control", "cap:sys_nice", "cap:sys_admin"),
	   .sources = HP_SOURCES({"commit", "cb6acd01e2e4",
				  "hugetlbfs: fix races and page leaks during migration"},
				 {"doc", "Documentation/admin-guide/mm/hugetlbpage.rst"}))
