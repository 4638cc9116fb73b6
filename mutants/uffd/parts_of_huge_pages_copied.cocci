// Breaks: UFFDIO_COPY of hugetlb accepts a part of a huge page.
// Seen as: more is filled than was requested.
// Caught by: uffd/hugetlb.refused_*
// Noticed by: uffd/hugetlb.refused_private, its own check
// Changes: mm/userfaultfd.c 1
@@ @@
mfill_atomic_hugetlb(...)
{
<...
- len & (vma_hpagesize - 1)
+ 0
...>
}
