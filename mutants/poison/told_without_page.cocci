// Breaks: who has a copy of his own is told that the page it was made of went bad.
// Seen as: a child is killed for memory that it does not have.
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
