// Breaks: a poisoned base page makes the whole huge page unreadable.
// Seen as: read of the rest of the huge page fails with EIO.
// Caught by: poison/read_file.good_part poison/read_file.behind_it
// Noticed by: poison/read_file.good_part, its own check
// Changes: fs/hugetlbfs/inode.c 1
@@ @@
adjust_range_hwpoison(...)
{
...
- return res;
+ return 0;
}
