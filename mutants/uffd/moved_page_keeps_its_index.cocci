// Breaks: UFFDIO_MOVE does not update the index of a base page.
// Seen as: it cannot be swapped or migrated, or another mapping is changed instead.
// Caught by: uffd/moved_pages.swapped_base uffd/moved_pages.swapped_thp_parts uffd/moved_pages.migrated_base
// Noticed by: uffd/moved_pages.swapped_base, its own check
// Changes: mm/userfaultfd.c 1
// Guest: --nodes 2 --memory 3G --swap 512M
@@ @@
move_present_pte(...)
{
<...
- src_folio->index = linear_page_index(dst_vma, dst_addr);
+ ;
...>
}
