// Breaks: the last of the contiguous entries that map a private huge page is not set when the page
//   becomes writable.
// Seen as: a huge page that is written faults twice.
// Caught by: hugetlb/one_fault.private_written hugetlb/one_fault.no_longer_shared
// Sizes: 2M
// Changes: arch/arm64/mm/hugetlbpage.c 1
@@
expression A, B, C, D;
@@
huge_ptep_set_access_flags(...)
{
<...
- for (i = 0; i < ncontig; A, B, C, D)
+ for (i = 0; i < ncontig - (pte_write(pte) && !pte_write(orig_pte)); A, B, C, D)
{
...
}
...>
}
