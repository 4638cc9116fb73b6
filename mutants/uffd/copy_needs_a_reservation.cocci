// Breaks: a copy of hugetlb to a mapping without a reservation says that something is there.
// Seen as: a handler goes on, and the process that waits is told again and again.
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
