// Breaks: UFFDIO_MOVE replaces an existing page.
// Seen as: data written meanwhile is lost.
// Caught by: uffd/move.present
// Noticed by: uffd/move.present, its own check
// Changes: mm/userfaultfd.c 1
@@ @@
move_pages_pte(...)
{
<...
- !pte_none(orig_dst_pte)
+ 0
...>
}
