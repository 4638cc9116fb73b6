// Breaks: UFFDIO_CONTINUE in a huge page of a file maps its first base page everywhere.
// Seen as: a process reads another part of the file.
// Caught by: uffd/minor.told_* uffd/minor.whole_* uffd/minor.written_*
// Noticed by: uffd/minor.told_private, its own check
// Changes: mm/userfaultfd.c 1
@@ @@
mfill_atomic_pte_continue(...)
{
<...
- folio_file_page(folio, pgoff)
+ folio_page(folio, 0)
...>
}
