// Breaks: a collapse of anonymous memory does not tell devices that pages moved.
// Seen as: a device reads and writes pages that were freed.
// Caught by: hmm/thp.collapsed_anon
// Noticed by: hmm/thp.collapsed_anon, its own check
// Changes: mm/khugepaged.c 2
@@ @@
collapse_huge_page(...)
{
<...
(
- mmu_notifier_invalidate_range_start(&range);
|
- mmu_notifier_invalidate_range_end(&range);
)
...>
}
