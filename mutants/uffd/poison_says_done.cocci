// Breaks: UFFDIO_POISON takes the place of what is there.
// Seen as: a page is lost, with its bytes.
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
