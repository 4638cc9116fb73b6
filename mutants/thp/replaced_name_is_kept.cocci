// Breaks: the name that a mapping had before is kept.
// Seen as: memory that is lost bit by bit (the kernel's slabs grow).
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
