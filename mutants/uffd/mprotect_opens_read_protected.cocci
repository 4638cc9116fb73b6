// Breaks: mprotect gives back access to base pages under UFFDIO_RWPROTECT.
// Seen as: a protected page is read without the handler.
// Caught by: uffd/rw_protection_stays.mprotected_base uffd/rw_protection_stays.mprotected_mthp uffd/rw_protection_stays.mprotected_in_part_*
// Since: 7.3
// Changes: mm/mprotect.c 1
@@ @@
change_present_ptes(...)
{
<...
- userfaultfd_rwp(vma) && pte_uffd(ptent)
+ 0
...>
}
