// Breaks: a private page that is given up does not give its reservation back.
// Seen as: SIGBUS at the next touch, once others took the page.
// Caught by: hugetlb/madvise.dontneed_private
// Noticed by: hugetlb/madvise.dontneed_private, its own check
// Changes: mm/hugetlb.c 1
// History: commit df7a6d1f6405, "mm/hugetlb: restore the reservation if needed"
@@ @@
__unmap_hugepage_range(...)
{
<...
- !h->surplus_huge_pages && __vma_private_lock(vma)
+ 0 && __vma_private_lock(vma)
...>
}
