// Breaks: the signal for a poisoned huge page reports the size of a base page.
// Seen as: si_addr_lsb is wrong, and a program discards too little.
// Caught by: poison/hugetlb_shared.at_access poison/hugetlb_shared.at_once poison/early_kill.asked poison/hugetlb_private.shared_by_fork
// Noticed by: poison/early_kill.asked, its own check
// Changes: mm/memory-failure.c 1
@@ @@
__add_to_kill(...)
{
<...
- tk->size_shift = page_shift(compound_head(p));
+ tk->size_shift = PAGE_SHIFT;
...>
}
