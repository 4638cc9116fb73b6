// Breaks: pages under UFFDIO_RWPROTECT can be accessed after they were swapped out.
// Seen as: a protected page is read without the handler.
// Caught by: uffd/rw_protection_stays.swapped_*
// Guest: --swap 256M
// Since: 7.3
// Changes: mm/memory.c 1
@@ @@
do_swap_page(...)
{
<...
- pte_swp_uffd(vmf->orig_pte) && userfaultfd_rwp(vma)
+ 0
...>
}
