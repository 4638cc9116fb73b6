// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Creating a file, a segment, a mount, a pin or a pool of huge pages that runs out of
 * memory leaves no page reserved or allocated.
 */
#include "hugeproof.h"

#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/shm.h>

static const struct hp_sweep_kind nothing = {{"", ""}, HP_SWEEP_NOTHING};
static const struct hp_sweep_kind *const shared = &hp_sweep_file_kinds[0];

static size_t bytes(void)
{
	return HP_SWEEP_PAGES * hp_page_size;
}

static int new_memfd(struct hp_sweep_memory *memory)
{
	memory->spare = memfd_create("sweep", MFD_HUGETLB | hp_size_flag(hp_page_size));
	return memory->spare < 0 ? errno : 0;
}

static void close_spare(struct hp_sweep_memory *memory)
{
	hp_check_ok(close(memory->spare));
}

/* memfd_create(2): the kernel cannot allocate a file. */
HP_CASE(memfd, "memfd_create with failing allocations leaves no page reserved or allocated")
{
	hp_sweep_run(&nothing, &(struct hp_sweep){.act = new_memfd,
						  .after = close_spare,
						  .errors = {ENFILE, ENOSPC}});
}

static int new_segment(struct hp_sweep_memory *memory)
{
	memory->spare = shmget(IPC_PRIVATE, bytes(),
			       IPC_CREAT | SHM_HUGETLB | hp_size_flag(hp_page_size) | 0600);
	return memory->spare < 0 ? errno : 0;
}

static void remove_segment(struct hp_sweep_memory *memory)
{
	hp_check_ok(shmctl(memory->spare, IPC_RMID, NULL));
}

HP_CASE(segment, "shmget(SHM_HUGETLB) with failing allocations leaves no page reserved")
{
	hp_sweep_run(&nothing, &(struct hp_sweep){.act = new_segment,
						  .after = remove_segment,
						  .errors = {ENOSPC, ENFILE}});
}

static void make_segment(struct hp_sweep_memory *memory)
{
	memory->spare = hp_segment(bytes(), 0600);
}

static int attach(struct hp_sweep_memory *memory)
{
	memory->other = shmat(memory->spare, NULL, 0);
	return memory->other == (void *)-1 ? errno : 0;
}

static void use_segment(struct hp_sweep_memory *memory)
{
	struct hp_area area = hp_area_at(memory->other, bytes(), hp_page_size);

	hp_fill(&area, 's');
	hp_check_filled(&area, 's');
	hp_check_ok(shmdt(memory->other));
	remove_segment(memory);
}

HP_CASE(attaches,
	"shmat with failing allocations attaches the segment or leaves it as it is")
{
	hp_sweep_run(&nothing, &(struct hp_sweep){.before = make_segment,
						  .act = attach,
						  .after = use_segment});
}

static char folder[128];

/* A mount with min_size reserves pages at once. */
static int mount_hugetlbfs(struct hp_sweep_memory *memory)
{
	char options[96];

	(void)memory;
	snprintf(options, sizeof(options), "pagesize=%zu,size=%zu,min_size=%zu",
		 hp_page_size, bytes(), 2 * hp_page_size);
	return mount("none", folder, "hugetlbfs", 0, options) ? errno : 0;
}

static void check_promised(struct hp_sweep_memory *memory)
{
	struct hp_hugetlb_counts pool = hp_hugetlb();

	(void)memory;
	hp_check_ok(umount(folder));
	hp_check_hugetlb(pool, .rsvd = -2);
}

HP_CASE(mounts, "mounting hugetlbfs with failing allocations leaves no page reserved")
{
	snprintf(folder, sizeof(folder), "%s", hp_mount_tmpfs(""));
	strcat(folder, "/mount");
	hp_require(!mkdir(folder, 0700), "cannot make %s", folder);
	hp_sweep_run(&nothing,
		     &(struct hp_sweep){.act = mount_hugetlbfs, .after = check_promised});
}

static void open_ring(struct hp_sweep_memory *memory)
{
	memory->other = hp_ring_open();
}

static int pin(struct hp_sweep_memory *memory)
{
	return hp_ring_pin(memory->other, memory->area.addr, memory->area.size);
}

static void release(struct hp_sweep_memory *memory)
{
	hp_ring_release(memory->other);
	hp_check_filled(&memory->area, 'p');
}

HP_CASES(pins,
	 "registering io_uring buffers with failing allocations pins them or changes "
	 "nothing",
	 hp_sweep_kinds, kind)
{
	hp_sweep_run(kind,
		     &(struct hp_sweep){.before = open_ring, .act = pin, .after = release});
}

static int resize(long pages)
{
	char path[160], value[32];

	hp_hugetlb_path(path, sizeof(path), hp_page_size, "nr_hugepages");
	snprintf(value, sizeof(value), "%ld", pages);
	return -hp_write_text(path, value);
}

#define POOL 8

/*
 * The file holds three pages of the pool: shrinking makes them surplus, growing persistent
 * again.
 */
static int resize_there_and_back(struct hp_sweep_memory *memory)
{
	int error = resize(1);

	(void)memory;
	return error ? error : resize(POOL);
}

static void grow_back(struct hp_sweep_memory *memory)
{
	/* It is no error of the call when the pool gets fewer pages than were requested. */
	hp_check_eq(resize(POOL), 0);
	hp_check_eq(hp_hugetlb().total, POOL);
	hp_check_eq(hp_hugetlb().surp, 0);
	hp_check_filled(&memory->area, 'p');
}

static const struct making {
	struct hp_variant variant;
	const char *optimise;
} makings[] = {
	{{"plain", "pages with all of their vmemmap"}, "0"},
};

HP_CASES(resizes,
	 "writing nr_hugepages with failing allocations leaves the pool as large as it "
	 "reports",
	 makings, making)
{
	if (hp_setting("/proc/sys/vm/hugetlb_optimize_vmemmap", making->optimise) &&
	    making->optimise[0] == '1')
		hp_skip_case("needs /proc/sys/vm/hugetlb_optimize_vmemmap: a kernel with "
			     "CONFIG_HUGETLB_PAGE_OPTIMIZE_VMEMMAP");
	hp_pool_resize(0);
	hp_pool_resize(POOL);
	hp_sweep_run(shared, &(struct hp_sweep){.act = resize_there_and_back,
						.after = grow_back,
						.partly = true});
}

HP_PROGRAM(.summary = "a failed creation leaves no huge page reserved or allocated",
	   .page_sizes = HP_PMD_SIZE, .seconds = 120, .log_allows = HP_SWEEP_LINES,
	   .needs = HP_NEEDS("fault-injection", "pagemap", "thp", "pool:control",
			     "hugetlb:8"),
	   .sources = HP_SOURCES(
		   {"doc", "Documentation/fault-injection/fault-injection.rst", "fail-nth"},
		   {"doc", "Documentation/admin-guide/mm/hugetlbpage.rst"},
		   {"man", "shmget(2)", "ENOMEM, ENOSPC"}))
