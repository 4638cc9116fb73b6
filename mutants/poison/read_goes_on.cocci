// Breaks: read of a hugetlb file does not stop at a poisoned base page.
// Seen as: corrupt data is returned without an error.
// Caught by: poison/read_file.good_part poison/read_file.bad_part
// Noticed by: poison/read_file.good_part, its own check
// Changes: fs/hugetlbfs/inode.c 1
@@ @@
hugetlbfs_read_iter(...)
{
<...
- if (!folio_test_hwpoison(folio))
+ if (true)
 want = nr;
 else {...}
...>
}
