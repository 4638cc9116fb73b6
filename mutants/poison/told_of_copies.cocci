// Breaks: a memory error in a private copy signals all related processes.
// Seen as: a parent is killed for a page that only its child has.
// Caught by: poison/hugetlb_private.copy_goes_bad
// Noticed by: poison/hugetlb_private.copy_goes_bad, its own check
// Changes: mm/memory-failure.c 2
@@ @@
collect_procs_anon(...)
{
<...
- &av->rb_root
+ &av->root->rb_root
...>
}
@@ @@
collect_procs_anon(...)
{
<...
- addr = page_mapped_in_vma(page, vma);
+ addr = page_address_in_vma(page, vma);
...>
}
