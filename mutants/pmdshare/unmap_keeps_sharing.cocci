// Breaks: unmapping a page removes it from the shared page table.
// Seen as: other processes lose the page, and its mapcount is wrong.
// Caught by: pmdshare/leaves_table.munmap_all
// Noticed by: pmdshare/leaves_table.munmap_all, kernel log
// History: it survived the first form of the programs, which split the mapping, or lay so that
//   no table could be shared at all.
// Changes: mm/hugetlb.c 1
@@ @@
__unmap_hugepage_range(...)
{
<...
- huge_pmd_unshare(...)
+ false
...>
}
