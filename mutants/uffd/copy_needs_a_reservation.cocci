// Breaks: UFFDIO_COPY of hugetlb without a reservation fails with EEXIST.
// Seen as: a handler continues, and the same fault is reported again and again.
// Caught by: uffd/reservation.no_reservation_*
// Noticed by: uffd/reservation.no_reservation_private, its own check
// Changes: mm/hugetlb.c 1
@@ @@
hugetlb_mfill_atomic_pte(...)
{
<...
- if (vm_shared && hugetlbfs_pagecache_present(h, dst_vma, dst_addr)) {
+ if ((dst_vma->vm_flags & VM_NORESERVE) || (vm_shared && hugetlbfs_pagecache_present(h, dst_vma, dst_addr))) {
  ret = -EEXIST;
  goto out;
  }
...>
}
