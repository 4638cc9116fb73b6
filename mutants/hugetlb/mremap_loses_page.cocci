// Breaks: mremap moves only every other huge page of a mapping.
// Seen as: data is lost when the mapping moves.
// Caught by: hugetlb/mremap.moves_private
// Noticed by: hugetlb/mremap.moves_private, its own check
// Changes: mm/hugetlb.c 1
@@ @@
move_hugetlb_page_tables(...)
{
<...
- move_huge_pte(...);
...>
}
