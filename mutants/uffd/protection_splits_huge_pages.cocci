// Breaks: UFFDIO_WRITEPROTECT of a whole huge page splits its mapping.
// Seen as: the huge page is PTE-mapped.
// Caught by: uffd/write_protect.whole_thp
// Noticed by: uffd/write_protect.whole_thp, its own check
// Changes: mm/mprotect.c 1
@@ @@
pgtable_split_needed(...)
{
<...
- return (cp_flags & MM_CP_UFFD_WP) && !vma_is_anonymous(vma);
+ return cp_flags & MM_CP_UFFD_WP;
...>
}
