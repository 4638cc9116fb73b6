// Breaks: brk looks for no mapping that is in its way.
// Seen as: the heap takes over a huge page.
// Caught by: hugetlb/neighbours.heap
// Noticed by: hugetlb/neighbours.heap, kernel log
// Changes: mm/mmap.c 1
@@
identifier next, newbrk;
@@
- if (next && newbrk + PAGE_SIZE > vm_start_gap(next))
+ if (0 && next)
  goto out;
