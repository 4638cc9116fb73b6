// Breaks: mprotect changes the shared table in place.
// Seen as: one process takes the right to write from all others.
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
