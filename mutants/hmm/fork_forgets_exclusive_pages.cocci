// Breaks: fork does not copy device-exclusive pages.
// Seen as: the child reads zeros.
// Caught by: hmm/exclusive.forked
// Noticed by: hmm/exclusive.forked, its own check
// Changes: mm/memory.c 1
@@ @@
copy_nonpresent_pte(...)
{
<...
- if (try_restore_exclusive_pte(src_pte, src_vma, addr)) return -EBUSY;
- return -ENOENT;
+ return 0;
...>
}
