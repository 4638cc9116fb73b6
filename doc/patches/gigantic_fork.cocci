// Fixes: the known issue gigantic-fork-table-shared (doc/known-issues.md): a table of
// 1 GB entries is no table of PMDs, and its count of sharers means nothing.
// Changes: mm/hugetlb.c 1, fs/proc/task_mmu.c 2
@@
identifier dst;
@@
copy_hugetlb_page_range(struct mm_struct *dst, ...)
{
<...
- if (ptdesc_pmd_is_shared(...))
+ if (sz == PMD_SIZE && ptdesc_pmd_is_shared(virt_to_ptdesc(dst_pte)))
  { ... }
...>
}

@@
expression entry;
@@
smaps_hugetlb_range(...)
{
<...
- hugetlb_pmd_shared(entry)
+ (huge_page_size(hstate_vma(vma)) == PMD_SIZE && hugetlb_pmd_shared(entry))
...>
}

@@
expression entry;
@@
pagemap_hugetlb_range(...)
{
<...
- hugetlb_pmd_shared(entry)
+ (huge_page_size(hstate_vma(vma)) == PMD_SIZE && hugetlb_pmd_shared(entry))
...>
}
