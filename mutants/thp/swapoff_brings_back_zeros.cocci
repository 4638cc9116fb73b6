// Breaks: swapoff brings back empty pages.
// Seen as: what was in swap reads as zeros.
// Caught by: thp/swapoff.intact_* thp/swapoff.part_* thp/swapoff.forked_*
//   thp/swapoff.unmapped_file_*
// Noticed by: thp/swapoff.intact_base, its own check
// Changes: mm/swapfile.c 1, mm/shmem.c 1
@@ @@
unuse_pte(...)
{
<...
+ clear_highpage(page);
new_pte = pte_mkold(mk_pte(page, vma->vm_page_prot));
...>
}
@@ @@
shmem_unuse_swap_entries(...)
{
<...
if (error == 0) {
+ clear_highpage(folio_page(folio, 0));
folio_unlock(folio);
...
}
...>
}
