// Breaks: MADV_DONTNEED keeps the hwpoison entry of a huge page.
// Seen as: a program can never use the address again.
// Caught by: poison/no_fresh_page.dropped
// Noticed by: poison/no_fresh_page.dropped, crash
// Changes: mm/hugetlb.c 1
@@ @@
__unmap_hugepage_range(...)
{
<...
pte = huge_ptep_get(mm, address, ptep);
+ if (is_hugetlb_entry_hwpoisoned(pte)) { spin_unlock(ptl); continue; }
...>
}
