// Breaks: UFFDIO_MOVE does not count a page that it moved after a retry.
// Seen as: the result is too small, and the next call fails with EEXIST.
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
