// Breaks: a base page that UFFDIO_MOVE moved is still known by its old place.
// Seen as: it can be neither swapped nor migrated, or another's mapping is changed for it.
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
