// Breaks: an access to a THP under UFFDIO_RWPROTECT does not wait for the handler.
// Seen as: a protected huge page is read.
// Caught by: uffd/rw_protect.told_thp uffd/rw_protect.again_thp
// Noticed by: uffd/rw_protect.told_thp, its own check
// Since: 7.3
// Changes: mm/huge_memory.c 1
@@ @@
do_huge_pmd_uffd_rwp(...)
{
<...
- if (!userfaultfd_rwp_async(vma))
+ if (0)
  return handle_userfault(...);
...>
}
