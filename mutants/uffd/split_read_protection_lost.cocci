// Breaks: the base pages of a split THP under UFFDIO_RWPROTECT can be accessed.
// Seen as: a protected page is read without the handler.
// Caught by: uffd/rw_protect.told_thp
// Since: 7.3
// Changes: mm/huge_memory.c 1
@@ @@
__split_huge_pmd_locked(...)
{
<...
- userfaultfd_rwp(vma) && uffd_wp
+ 0
...>
}
