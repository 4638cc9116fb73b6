// Breaks: a fault in a private mapping maps the file's huge page writable.
// Seen as: private writes change the file.
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
