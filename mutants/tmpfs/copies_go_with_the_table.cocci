// Breaks: a collapse also removes the page tables of private mappings with copies.
// Seen as: private data is lost, and the RSS is wrong.
// Caught by: tmpfs/recovery.copies_* tmpfs/recovery.everyone_*
// Noticed by: tmpfs/recovery.copies_anon, its own check
// Changes: mm/khugepaged.c 2
@@ @@
retract_page_tables(...)
{
<...
(
- if (READ_ONCE(vma->anon_vma)) continue;
|
- vma->anon_vma || userfaultfd_wp(vma)
+ userfaultfd_wp(vma)
)
...>
}
