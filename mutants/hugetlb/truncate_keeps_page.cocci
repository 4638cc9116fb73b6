// Breaks: truncation leaves the first page behind the new end in the file.
// Seen as: the page is not freed, and its old data is read when the file grows again.
// Caught by: hugetlb/truncate
// Noticed by: hugetlb/truncate.shared, its own check
// Changes: fs/hugetlbfs/inode.c 1
@@ @@
hugetlb_vmtruncate(...)
{
<...
- remove_inode_hugepages(inode, offset, LLONG_MAX);
+ remove_inode_hugepages(inode, offset + huge_page_size(h), LLONG_MAX);
...>
}
