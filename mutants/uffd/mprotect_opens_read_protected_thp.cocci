// Breaks: mprotect gives back access to THPs under UFFDIO_RWPROTECT.
// Seen as: a protected huge page is read without the handler.
// Caught by: uffd/rw_protection_stays.mprotected_whole
// Since: 7.3
// Changes: mm/huge_memory.c 1
@@
identifier entry;
@@
change_huge_pmd(...)
{
<...
- if (userfaultfd_rwp(vma) && pmd_uffd(entry))
+ if (0)
  entry = pmd_modify(...);
...>
}
