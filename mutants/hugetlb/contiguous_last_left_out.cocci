// Breaks: the last of the contiguous entries that map a huge page is not set.
// Seen as: a huge page faults twice.
// Caught by: hugetlb/one_fault.private_read hugetlb/one_fault.shared_read hugetlb/one_fault.shared_written hugetlb/one_fault.inherited hugetlb/one_fault.copied hugetlb/one_fault.protected_again hugetlb/one_fault.moved
// Noticed by: hugetlb/one_fault.private_read, its own check
// Sizes: 2M
// Changes: arch/arm64/mm/hugetlbpage.c 1
@@
expression A, B, C, D;
@@
set_huge_pte_at(...)
{
...
clear_flush(...);
- for (i = 0; i < ncontig; A, B, C, D)
+ for (i = 0; i < ncontig - 1; A, B, C, D)
{
...
}
}
