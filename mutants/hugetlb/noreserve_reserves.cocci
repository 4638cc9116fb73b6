// Breaks: MAP_NORESERVE makes a reservation.
// Seen as: a sparse mapping larger than the pool fails with ENOMEM.
// Caught by: hugetlb/noreserve
// Noticed by: hugetlb/noreserve.shared_takes_none, its own check
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
