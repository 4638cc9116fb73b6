// Breaks: the lock of a shared mapping is kept when it is unmapped.
// Seen as: a machine that slowly runs out of memory (the kernel's slabs grow).
// Caught by: hugetlb/balance.shared hugetlb/balance.of_file
// Noticed by: hugetlb/balance.shared, its own check
// Changes: mm/hugetlb.c 1
@@ @@
hugetlb_vma_lock_release(...)
{
...
- kfree(vma_lock);
}
