// Breaks: mprotect changes the shared page table in place.
// Seen as: other processes lose write access.
// Caught by: pmdshare/leaves_table.mprotect_all
// Noticed by: pmdshare/leaves_table.mprotect_all, its own check
// History: it survived the first form of the programs, which split the mapping, or lay so that
//   no table could be shared at all.
// Changes: mm/hugetlb.c 1
@@ @@
hugetlb_change_protection(...)
{
<...
- huge_pmd_unshare(...)
+ false
...>
}
