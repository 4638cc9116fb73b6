// Breaks: UFFDIO_MOVE onto a page that is there loses that.
// Seen as: bytes that were written meanwhile are lost.
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
