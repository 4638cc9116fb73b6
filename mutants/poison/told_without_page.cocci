// Breaks: a process with its own copy is signalled for the original page.
// Seen as: a child is killed for memory that it does not map.
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
