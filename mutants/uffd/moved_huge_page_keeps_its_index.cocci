// Breaks: a huge page that UFFDIO_MOVE moved is still known by its old place.
// Seen as: it can be neither swapped, migrated nor split.
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
