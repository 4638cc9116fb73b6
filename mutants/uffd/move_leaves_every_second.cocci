// Breaks: UFFDIO_MOVE leaves every second base page where it was, and says that all moved.
// Seen as: pages are missing at the one place and left at the other.
// Caught by: uffd/move.part uffd/move.shifted uffd/move.holes uffd/move.present
// Noticed by: uffd/move.part, its own check
// Changes: mm/userfaultfd.c 1
@@ @@
move_pages(...)
{
<...
- step_size = PAGE_SIZE;
+ step_size = 2 * PAGE_SIZE;
...>
}
