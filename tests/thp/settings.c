// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The THP settings accept each documented value and read it back; any other value fails
 * with EINVAL and changes nothing.
 */
#include "hugeproof.h"

#include <inttypes.h>

static const char folder[] = "/sys/kernel/mm/transparent_hugepage/";

struct words {
	const char *file;
	const char *word[8];
};

static const struct words words[] = {
	{"enabled", {"always", "madvise", "never"}},
	{"defrag", {"always", "defer", "defer+madvise", "madvise", "never"}},
	{"shmem_enabled", {"always", "within_size", "advise", "never", "deny", "force"}},
	{"use_zero_page", {"0", "1"}},
	{"shrink_underused", {"0", "1"}},
	{"khugepaged/defrag", {"0", "1"}},
};

/* Checks the current value of the setting. */
static void check_value(const char *file, const char *value)
{
	char path[160], word[64];

	snprintf(path, sizeof(path), "%s%s", folder, file);
	hp_check_eq(hp_read_setting(path, word, sizeof(word)), 0);
	hp_step("%s reads \"%s\", and \"%s\" was written", file, word, value);
	hp_check(!strcmp(word, value));
}

static void check_refused(const char *file, const char *value, const char *expected)
{
	char path[160];

	hp_step("writing \"%s\" to %s", value, file);
	snprintf(path, sizeof(path), "%s%s", folder, file);
	hp_check_eq(hp_write_text(path, value), -EINVAL);
	check_value(file, expected);
}

static bool there(const char *file)
{
	char path[160];

	snprintf(path, sizeof(path), "%s%s", folder, file);
	return !access(path, F_OK);
}

static void check_takes(const struct words *setting)
{
	const char *const *word = setting->word;

	for (; *word; word++) {
		hp_thp_setting(setting->file, *word);
		check_value(setting->file, *word);
	}
	check_refused(setting->file, "sometimes", word[-1]);
	check_refused(setting->file, "-1", word[-1]);
}

HP_CASE(modes,
	"each mode of the THP settings can be written and read back, others are EINVAL")
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (there(words[i].file))
			check_takes(&words[i]);
}

/* The sizes of anonymous huge pages, which are fewer than those of files. */
static int anonymous_sizes(size_t sizes[HP_MAX_THP_SIZES])
{
	int n = hp_thp_sizes(sizes), kept = 0;

	for (int i = 0; i < n; i++)
		if (sizes[i] > 2 * hp_base_size)
			sizes[kept++] = sizes[i];
	return kept;
}

HP_CASE(modes_of_sizes,
	"each mode can be set for each THP size, and other sizes keep theirs")
{
	static const char *const modes[] = {"always", "inherit", "madvise", "never"};
	size_t sizes[HP_MAX_THP_SIZES];
	char file[64], next[64];
	int n = anonymous_sizes(sizes);

	if (n < 2)
		hp_skip_case(
			"needs huge pages of several sizes (Linux 6.8): run it in the lab");
	for (int i = 0; i < n; i++)
		hp_thp_size_setting(sizes[i], "never");
	for (int i = 0; i < n; i++) {
		snprintf(file, sizeof(file), "hugepages-%zukB/enabled", sizes[i] / 1024);
		snprintf(next, sizeof(next), "hugepages-%zukB/enabled",
			 sizes[(i + 1) % n] / 1024);
		for (int mode = 0; mode < 4; mode++) {
			hp_thp_setting(file, modes[mode]);
			check_value(file, modes[mode]);
			check_value(next, "never");
			check_refused(file, "defer", modes[mode]);
		}
	}
}

/* The minimum and maximum of a limit. */
static const struct number {
	struct hp_variant variant;
	const char *file;
	int64_t least, most;
} numbers[] = {
	{{"none", "max_ptes_none"}, "khugepaged/max_ptes_none", 0, 511},
	{{"swap", "max_ptes_swap"}, "khugepaged/max_ptes_swap", 0, 511},
	{{"shared", "max_ptes_shared"}, "khugepaged/max_ptes_shared", 0, 511},
	{{"scan", "pages_to_scan"}, "khugepaged/pages_to_scan", 1, UINT32_MAX},
	{{"sleep", "scan_sleep_millisecs"},
	 "khugepaged/scan_sleep_millisecs",
	 0,
	 UINT32_MAX},
	{{"alloc", "alloc_sleep_millisecs"},
	 "khugepaged/alloc_sleep_millisecs",
	 0,
	 UINT32_MAX},
};

HP_CASES(limit, "khugepaged limits accept their minimum and maximum, and nothing beyond",
	 numbers, number)
{
	bool ptes = number->most == 511;
	int64_t most = ptes ? (int64_t)(hp_pmd_size / hp_base_size) - 1 : number->most;
	char text[32], beyond[32];

	snprintf(text, sizeof(text), "%" PRId64, number->least);
	hp_thp_setting(number->file, text);
	check_value(number->file, text);
	snprintf(beyond, sizeof(beyond), "%" PRId64, number->least - 1);
	check_refused(number->file, beyond, text);
	snprintf(text, sizeof(text), "%" PRId64, most);
	hp_thp_setting(number->file, text);
	check_value(number->file, text);
	snprintf(beyond, sizeof(beyond), "%" PRId64, most + 1);
	check_refused(number->file, beyond, text);
	check_refused(number->file, "many", text);
}

static size_t made_once(size_t expected)
{
	struct hp_area *area = hp_map_anon(hp_pmd_size);
	size_t size;

	hp_check_ok(madvise(area->addr, area->size, MADV_HUGEPAGE));
	hp_about_folios(expected);
	*(volatile char *)(area->addr + 5 * hp_base_size) = 1;
	size = expected == hp_base_size
		       ? hp_folio_size(area->addr + 5 * hp_base_size)
		       : hp_made_folio(area->addr + 5 * hp_base_size, expected);
	hp_unmap(area);
	return size;
}

/*
 * The size of the folio that a fault makes. A kernel may decline the allowed size without
 * counting it, so that one of three faults must get it.
 */
static size_t made(size_t expected)
{
	size_t size = made_once(expected);

	for (int i = 0; i < 2 && size < expected; i++) {
		hp_observed("declined", "%zu kB, and made one of %zu kB", expected / 1024,
			    size / 1024);
		size = made_once(expected);
	}
	return size;
}

HP_CASE(largest,
	"a fault allocates the largest of the allowed sizes that fits, for each mode")
{
	size_t sizes[HP_MAX_THP_SIZES];
	int n = anonymous_sizes(sizes);

	if (n < 2)
		hp_skip_case(
			"needs huge pages of several sizes (Linux 6.8): run it in the lab");
	hp_khugepaged_calm();
	hp_thp_setting("enabled", "madvise");
	for (int i = 0; i < n; i++)
		hp_thp_size_setting(sizes[i], "never");
	hp_check_eq(made(hp_base_size), hp_base_size);
	for (int i = 0; i < n; i++) {
		hp_step("%zu kB and smaller", sizes[i] / 1024);
		hp_thp_size_setting(sizes[i], i % 3 == 0   ? "always"
					      : i % 3 == 1 ? "inherit"
							   : "madvise");
		hp_check_eq(made(sizes[i]), sizes[i]);
	}
	hp_thp_setting("enabled", "never");
	for (int i = 0; i < n; i++)
		hp_thp_size_setting(sizes[i], "inherit");
	hp_check_eq(made(hp_base_size), hp_base_size);
}

HP_PROGRAM(.summary = "THP settings accept documented values and no others",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "root", "pagemap"),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/transhuge.rst"}))
