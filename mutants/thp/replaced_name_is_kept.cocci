// Breaks: the name that a mapping had before is kept.
// Seen as: a machine that slowly runs out of memory (the kernel's slabs grow).
// Caught by: thp/balance.named
// Noticed by: thp/balance.named, its own check
// Changes: mm/madvise.c 2
@@ @@
replace_anon_vma_name(...)
{
<...
- anon_vma_name_put(orig_name);
...>
}
