// Breaks: a table is shared by mappings that lie elsewhere in their span.
// Seen as: a process reads pages of other places of the file.
// Caught by: pmdshare/own_table.elsewhere
// Changes: mm/hugetlb.c 1
@@ @@
page_table_shareable(...)
{
<...
- pmd_index(addr) != pmd_index(saddr) ||
  vm_flags != svm_flags
...>
}
