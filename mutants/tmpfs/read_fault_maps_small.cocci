// Breaks: a read fault of a huge page of a file maps it by PTEs.
// Seen as: there is no PMD mapping after MADV_POPULATE_READ.
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
