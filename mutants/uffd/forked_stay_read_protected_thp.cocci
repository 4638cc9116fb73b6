// Breaks: a child inherits inaccessible THPs of UFFDIO_RWPROTECT without a userfaultfd.
// Seen as: a child cannot read its memory.
// Caught by: uffd/rw_protection_stays.forked_whole
// Since: 7.3
// Changes: mm/huge_memory.c 2
@@ @@
copy_huge_pmd(...)
{
<...
- if (userfaultfd_rwp(src_vma) && pmd_uffd(pmd))
+ if (0)
  pmd = pmd_modify(...);
- pmd = pmd_clear_uffd(pmd);
+ ;
...>
}
