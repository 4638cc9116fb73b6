// Breaks: a huge page of a file that a read brings in is mapped by small pages.
// Seen as: MADV_POPULATE_READ makes a huge page, and the mapping is as slow as before.
// Caught by: tmpfs/holes.read_in_*
// Noticed by: tmpfs/holes.read_in_anon, its own check
// Changes: mm/memory.c 1
@@ @@
do_set_pmd(...)
{
<...
- if (!thp_vma_suitable_order(vma, haddr, PMD_ORDER))
+ if ((vmf->flags && !write) || !thp_vma_suitable_order(vma, haddr, PMD_ORDER))
  return ret;
...>
}
