// Breaks: truncation and hole punching do not remove a poisoned huge page from its file.
// Seen as: the file stays unreadable.
// Caught by: poison/read_file.truncated poison/read_file.punched poison/no_fresh_page.cut_off
// Noticed by: poison/no_fresh_page.cut_off, timeout
// Changes: fs/hugetlbfs/inode.c 1
@@ @@
remove_inode_single_folio(...)
{
...
+ if (folio_test_hwpoison(folio)) return false;
folio_lock(folio);
...
}
