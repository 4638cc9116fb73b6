// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * O_DIRECT reads into huge pages and writes out of them: the device sees the pages
 * themselves, and every byte arrives, at any offset in the page.
 */
#include "hugeproof.h"

#define BYTES (64 * 1024)

/* A file on a disk file system, opened twice: through the page cache and past it. */
struct disk_file {
	int cached, direct;
};

static struct disk_file disk_file(void)
{
	char path[] = "/var/tmp/hugeproof-direct-XXXXXX", self[64];
	struct disk_file file = {.cached = mkostemp(path, O_CLOEXEC)};

	hp_require(file.cached >= 0, "cannot make a file in /var/tmp: %s", strerror(errno));
	unlink(path);
	hp_require(!ftruncate(file.cached, BYTES), "cannot make it large: %s",
		   strerror(errno));
	snprintf(self, sizeof(self), "/proc/self/fd/%d", file.cached);
	file.direct = open(self, O_RDWR | O_DIRECT | O_CLOEXEC);
	if (file.direct < 0)
		hp_skip_case("needs a file system with O_DIRECT at /var/tmp (%s): mount "
			     "one there",
			     strerror(errno));
	return file;
}

/* Bytes that differ from place to place. */
static void make_bytes(unsigned char *bytes)
{
	struct hp_random random = hp_random_stream(hp_seed, 0);

	for (size_t i = 0; i < BYTES; i++)
		bytes[i] = (unsigned char)hp_random_bits(&random);
}

/* Where in a page of that size a transfer begins: its start, and across its middle. */
static char *place_in(const struct hp_area *area, int n)
{
	return area->addr + (n ? hp_page_size / 2 - BYTES / 2 : 0);
}

static void reads(int type)
{
	static unsigned char bytes[BYTES];
	struct disk_file file = disk_file();
	struct hp_hugetlb start = hp_hugetlb();
	struct hp_area *area = hp_map_hugetlb(1, type);

	make_bytes(bytes);
	hp_require(pwrite(file.cached, bytes, BYTES, 0) == BYTES && !fsync(file.cached),
		   "cannot write the file: %s", strerror(errno));
	for (int n = 0; n < 2; n++) {
		hp_step("reads into an untouched page, then across its middle (%d)", n);
		hp_check_eq(pread(file.direct, place_in(area, n), BYTES, 0), BYTES);
		hp_check_eq(memcmp(place_in(area, n), bytes, BYTES), 0);
		hp_check_hugetlb(start, .free = -1);
	}
}

HP_CASE(read_private, "a direct read fills a private page, and instantiates it")
{
	reads(MAP_PRIVATE);
}

HP_CASE(read_shared, "a direct read fills a shared page, and instantiates it")
{
	reads(MAP_SHARED);
}

HP_CASE(write_out, "a direct write takes the bytes out of the page")
{
	static unsigned char bytes[BYTES], back[BYTES];
	struct disk_file file = disk_file();
	struct hp_area *area = hp_map_hugetlb(1, MAP_PRIVATE);

	make_bytes(bytes);
	for (int n = 0; n < 2; n++) {
		memcpy(place_in(area, n), bytes, BYTES);
		hp_check_eq(pwrite(file.direct, place_in(area, n), BYTES, 0), BYTES);
		hp_check_eq(pread(file.cached, back, BYTES, 0), BYTES);
		hp_check_eq(memcmp(back, bytes, BYTES), 0);
		for (size_t i = 0; i < BYTES; i++)
			bytes[i] ^= 0x5a;
	}
}

HP_PROGRAM(.summary = "O_DIRECT moves bytes between files and huge pages",
	   .needs = HP_NEEDS("hugetlb:1"), .source = "open(2), O_DIRECT")
