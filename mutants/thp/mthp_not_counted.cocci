// Breaks: the statistics of a size count nothing.
// Seen as: nobody sees which sizes are used.
// Caught by: thp/sizes.faulted thp/sizes.split_to_base_pages thp/sizes.swapped
// Changes: include/linux/huge_mm.h 1
@@ @@
mod_mthp_stat(...)
{
...
- if (order <= 0 || order > PMD_ORDER)
+ if (delta > 0 && item != MTHP_STAT_NR_ANON)
	return;
...
}
