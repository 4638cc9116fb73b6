// Breaks: a THP is not split before a poisoned base page is isolated.
// Seen as: 2 MB are lost instead of 4 kB, or the kernel uses the wrong page.
// Caught by: poison/thp.one_base_page poison/races_thp.split_by_mprotect poison/races_thp.split_by_drop poison/races_thp.collapsed poison/races_thp.copied
// Noticed by: poison/races_thp.split_by_mprotect, kernel log
// Changes: mm/memory-failure.c 1
@@ @@
memory_failure(...)
{
<...
- try_to_split_thp_page(p, false)
+ 0
...>
}
