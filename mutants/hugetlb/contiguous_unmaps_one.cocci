// Breaks: only the first of the contiguous entries that map a huge page is cleared when the page
//   is unmapped.
// Seen as: a process reads and writes a page that it has given back, and that others use.
// Caught by: hugetlb/truncate
// Sizes: 2M
// Changes: arch/arm64/mm/hugetlbpage.c 1
@@
expression A;
@@
get_clear_contig(...)
{
<...
- while (--ncontig)
+ while (0)
{
...
}
...>
}
