// Breaks: the replaced name of a VMA is not freed.
// Seen as: kernel memory leaks (slab).
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
