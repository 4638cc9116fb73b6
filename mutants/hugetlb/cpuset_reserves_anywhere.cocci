// Breaks: a reservation counts free pages of nodes outside the cpuset.
// Seen as: mmap succeeds in a cpuset without pages, and the touch gets SIGBUS.
// Caught by: hugetlb/cpuset.reserves_*
// Noticed by: hugetlb/cpuset.reserves_private, its own check
// Changes: mm/hugetlb.c 1
@@ @@
hugetlb_acct_memory(...)
{
<...
- delta > allowed_mems_nr(h)
+ delta > h->free_huge_pages
...>
}
