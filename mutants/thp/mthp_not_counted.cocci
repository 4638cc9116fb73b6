// Breaks: the statistics of each THP size are not updated.
// Seen as: the counters stay 0.
// Caught by: thp/sizes.faulted thp/sizes.split_to_base_pages thp/sizes.swapped
// Noticed by: thp/sizes.faulted, its own check
// Changes: mm/huge_memory.c 1
@@ @@
sum_mthp_stat(...)
{
<...
- sum += this->stats[order][item];
+ if (item == MTHP_STAT_NR_ANON)
+	sum += this->stats[order][item];
...>
}
