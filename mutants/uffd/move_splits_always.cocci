// Breaks: UFFDIO_MOVE splits huge pages that could be moved whole.
// Seen as: huge pages are lost.
// Caught by: uffd/move.whole
// Noticed by: uffd/move.whole, its own check
// Changes: mm/userfaultfd.c 1
@@ @@
move_pages(...)
{
<...
- move_splits_huge_pmd(dst_addr, src_addr, src_start + len)
+ true
...>
}
