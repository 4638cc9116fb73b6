// Breaks: UFFDIO_MOVE maps the huge zero page writable.
// Seen as: zero-filled memory changes in all processes.
// Caught by: uffd/move.zeros
// Noticed by: uffd/move.zeros, its own check
// Changes: mm/huge_memory.c 1
@@ @@
move_pages_huge_pmd(...)
{
<...
- _dst_pmd = mk_huge_pmd(src_page, dst_vma->vm_page_prot);
+ _dst_pmd = pmd_mkwrite(pmd_mkdirty(mk_huge_pmd(src_page, dst_vma->vm_page_prot)), dst_vma);
...>
}
