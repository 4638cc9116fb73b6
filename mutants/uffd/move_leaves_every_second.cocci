// Breaks: UFFDIO_MOVE moves only every second base page and reports all as moved.
// Seen as: pages are missing at the destination and left at the source.
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
