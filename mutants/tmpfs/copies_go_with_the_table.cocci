// Breaks: a recovery takes the page tables of private mappings too, with their copies.
// Seen as: what a process wrote for itself is the file's again; its RSS is wrong.
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
