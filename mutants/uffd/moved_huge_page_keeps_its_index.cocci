// Breaks: UFFDIO_MOVE does not update the index of a huge page.
// Seen as: it cannot be swapped, migrated or split.
// Caught by: uffd/moved_pages.swapped_thp uffd/moved_pages.migrated_thp uffd/moved_pages.collapsed_thp
// Noticed by: uffd/moved_pages.swapped_thp, its own check
// Changes: mm/huge_memory.c 1
// Guest: --nodes 2 --memory 3G --swap 512M
@@ @@
move_pages_huge_pmd(...)
{
<...
- src_folio->index = linear_page_index(dst_vma, dst_addr);
+ ;
...>
}
