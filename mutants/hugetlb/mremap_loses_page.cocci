// Breaks: mremap moves every other page of a mapping only.
// Seen as: the bytes of a page are gone after the move.
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
