// Breaks: MAP_NORESERVE takes a reservation all the same.
// Seen as: a sparse mapping larger than the pool fails with ENOMEM.
// Caught by: hugetlb/noreserve
// Changes: mm/hugetlb.c 1
@@ @@
hugetlb_reserve_pages(...)
{
<...
- if (vm_flags & VM_NORESERVE)
+ if (!vma && (vm_flags & VM_NORESERVE))
    return true;
...>
}
