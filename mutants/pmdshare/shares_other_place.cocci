// Breaks: a page table is shared by mappings at different offsets of their spans.
// Seen as: a process reads other pages of the file.
// Caught by: pmdshare/own_table.elsewhere
// Noticed by: pmdshare/own_table.elsewhere, its own check
// History: it survived the first form of the programs, which split the mapping, or lay so that
//   no table could be shared at all.
// Changes: mm/hugetlb.c 1
@@ @@
page_table_shareable(...)
{
<...
- pmd_index(addr) != pmd_index(saddr) ||
  vm_flags != svm_flags
...>
}
