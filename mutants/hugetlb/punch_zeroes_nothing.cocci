// Breaks: the parts of pages at the ends of a hole keep their bytes.
// Seen as: old data is read where a hole was punched.
// Caught by: hugetlb/punch_hole.inside_a_page hugetlb/punch_hole.across_pages
// Noticed by: hugetlb/punch_hole.inside_a_page, its own check
// Changes: fs/hugetlbfs/inode.c 1
@@ @@
hugetlbfs_zero_partial_page(...)
{
<...
- folio_zero_segment(...);
...>
}
