// Breaks: fork sets only the first of the contiguous entries that map a private huge page in the
//   child.
// Seen as: the child of a fork faults on pages that it has inherited.
// Caught by: hugetlb/one_fault.inherited
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
+ for (i = 0; i < (mm == current->mm ? ncontig : 1); A, B, C, D)
{
...
}
}
