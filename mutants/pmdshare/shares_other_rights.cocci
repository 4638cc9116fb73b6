// Breaks: a page table is shared by mappings with different protection.
// Seen as: a read-only mapping is writable.
// Caught by: pmdshare/own_table.read_only
// Noticed by: pmdshare/own_table.read_only, its own check
// Changes: mm/hugetlb.c 1
@@ @@
page_table_shareable(...)
{
<...
- vm_flags != svm_flags
+ false
...>
}
