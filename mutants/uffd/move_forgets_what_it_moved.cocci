// Breaks: UFFDIO_MOVE that had to try a page again does not count it when it has moved.
// Seen as: a call that moved pages says that fewer moved, and the next fails with EEXIST.
// Caught by: uffd/move_migrated.nodes uffd/move_migrated.compacted
// Changes: mm/userfaultfd.c 1
@@ @@
move_pages(...)
{
<...
- err = move_pages_pte(mm, dst_pmd, src_pmd,
- 		dst_vma, src_vma,
- 		dst_addr, src_addr, mode);
+ int ret = move_pages_pte(mm, dst_pmd, src_pmd,
+ 		dst_vma, src_vma,
+ 		dst_addr, src_addr, mode);
+ if (ret)
+ 	err = ret;
...>
}
