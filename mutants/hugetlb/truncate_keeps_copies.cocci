// Breaks: truncation does not unmap the first page behind the new end.
// Seen as: a private copy can be read beyond the end of the file.
// Caught by: hugetlb/truncate
// Noticed by: hugetlb/truncate.private_copy, its own check
// Changes: fs/hugetlbfs/inode.c 1
@@ @@
hugetlb_vmtruncate(...)
{
<...
- hugetlb_vmdelete_list(&mapping->i_mmap, pgoff, 0, ZAP_FLAG_DROP_MARKER);
+ hugetlb_vmdelete_list(&mapping->i_mmap, pgoff + pages_per_huge_page(h), 0,
+			ZAP_FLAG_DROP_MARKER);
...>
}
