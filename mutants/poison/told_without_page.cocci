// Breaks: a memory error in a page also signals processes that have a copy of it.
// Seen as: a child is killed for a page that it does not map.
// Caught by: poison/hugetlb_private.copied
// Noticed by: poison/hugetlb_private.copied, its own check
// Changes: mm/memory-failure.c 1
@@ @@
collect_procs_anon(...)
{
<...
- addr = page_mapped_in_vma(page, vma);
+ addr = page_address_in_vma(page, vma);
...>
}
