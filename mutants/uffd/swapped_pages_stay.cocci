// Breaks: UFFDIO_MOVE skips swapped pages, and reports them as moved.
// Seen as: pages are missing at the destination and left at the source.
// Caught by: uffd/moved_pages.from_swap_*
// Noticed by: uffd/moved_pages.from_swap_base, its own check
// Changes: mm/userfaultfd.c 1
// Guest: --memory 3G --swap 512M
@@ @@
move_swap_pte(...)
{
...
- orig_src_pte = ptep_get_and_clear(mm, src_addr, src_pte);
+ double_pt_unlock(dst_ptl, src_ptl); return 0; orig_src_pte = ptep_get_and_clear(mm, src_addr, src_pte);
...
}
