// Breaks: MADV_DONTNEED removes the write protection of file pages.
// Seen as: writes are not reported to the handler.
// Caught by: uffd/write_protect.dropped_shmem uffd/hugetlb.untouched_*
// Noticed by: uffd/hugetlb.untouched_private, its own check
// Changes: mm/memory.c 1, mm/hugetlb.c 1
@@ @@
zap_drop_file_uffd_wp(...)
{
<...
- if (!details) return false;
+ if (!details) return true;
...>
}
@@
expression p;
@@
__unmap_hugepage_range(...)
{
<...
- huge_pte_uffd_wp(p)
+ 0
...>
}
