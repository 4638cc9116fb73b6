// Breaks: UFFDIO_POISON replaces an existing page.
// Seen as: a page and its data are lost.
// Caught by: uffd/poison.present_* uffd/hugetlb.poison_*
// Noticed by: uffd/hugetlb.poison_private, its own check
// Changes: mm/userfaultfd.c 1, mm/hugetlb.c 1
@@ @@
mfill_atomic_pte_poison(...)
{
<...
- ret = -EEXIST;
+ ret = 0;
...>
}
@@ @@
hugetlb_mfill_atomic_pte(...)
{
<...
- return -EEXIST;
+ return 0;
...>
}
