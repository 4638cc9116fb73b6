// Breaks: punching a hole does not zero the partial pages at its ends.
// Seen as: old data is read in the hole.
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
