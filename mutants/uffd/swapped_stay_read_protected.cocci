// Breaks: UFFDIO_RWPROTECT does not unprotect pages that are in swap.
// Seen as: pages that come back from swap wait for a handler.
// Caught by: uffd/rw_protection_stays.opened_swapped_*
// Guest: --swap 256M
// Since: 7.3
// Changes: mm/mprotect.c 1
@@
identifier newpte;
@@
change_softleaf_pte(...)
{
<...
- newpte = pte_swp_clear_uffd(newpte);
+ ;
...>
}
