// Breaks: UFFDIO_MOVE of a hole succeeds without UFFDIO_MOVE_MODE_ALLOW_SRC_HOLES.
// Seen as: a handler believes that it has moved a page.
// Caught by: uffd/move.holes
// Noticed by: uffd/move.holes, its own check
// Changes: mm/userfaultfd.c 1
@@ @@
move_pages_pte(...)
{
<...
- !(mode & UFFDIO_MOVE_MODE_ALLOW_SRC_HOLES)
+ 0
...>
}
