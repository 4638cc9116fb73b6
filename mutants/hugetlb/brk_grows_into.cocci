// Breaks: brk does not check whether another mapping is in the way.
// Seen as: the heap replaces a huge page.
// Caught by: hugetlb/neighbours.heap
// Noticed by: hugetlb/neighbours.heap, kernel log
// Changes: mm/mmap.c 1
@@
identifier next, newbrk;
@@
- if (next && newbrk + PAGE_SIZE > vm_start_gap(next))
+ if (0 && next)
  goto out;
