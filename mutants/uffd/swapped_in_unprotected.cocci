// Breaks: an anonymous page loses its write protection when it is swapped in.
// Seen as: a snapshot misses what was written.
// Caught by: uffd/protection_stays.swapped_base uffd/protection_stays.swapped_mthp uffd/protection_stays.swapped_thp
// Changes: mm/memory.c 1
// Guest: --memory 3G --swap 512M
@@ @@
do_swap_page(...)
{
<...
- pte_swp_uffd_wp(vmf->orig_pte)
+ 0
...>
}
