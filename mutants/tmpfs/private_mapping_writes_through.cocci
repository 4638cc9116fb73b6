// Breaks: a fault maps a huge page of a file writable where the mapping is private.
// Seen as: what a process writes for itself, all others read.
// Caught by: tmpfs/accounting.private_copy_*
// Noticed by: tmpfs/accounting.private_copy_anon, its own check
// Changes: mm/memory.c 1
@@ @@
do_set_pmd(...)
{
<...
- if (write) entry = maybe_pmd_mkwrite(pmd_mkdirty(entry), vma);
+ entry = maybe_pmd_mkwrite(pmd_mkdirty(entry), vma);
...>
}
