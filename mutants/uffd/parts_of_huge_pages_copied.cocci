// Breaks: a copy of hugetlb takes lengths that are no huge pages.
// Seen as: more is filled than was asked for.
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
