// Breaks: the lock of a shared hugetlb mapping is not freed at munmap.
// Seen as: kernel memory leaks (slab).
// Caught by: hugetlb/balance.shared hugetlb/balance.of_file
// Noticed by: hugetlb/balance.shared, its own check
// Changes: mm/hugetlb.c 1
@@ @@
hugetlb_vma_lock_release(...)
{
...
- kfree(vma_lock);
}
