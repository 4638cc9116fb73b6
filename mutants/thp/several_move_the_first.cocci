// Breaks: mremap of several mappings moves the first alone, and says that it moved all.
// Seen as: what is behind the first is not where it should be.
// Caught by: thp/mremap_several.all_kinds
// Noticed by: thp/mremap_several.all_kinds, its own check
// Since: 6.17
// Changes: mm/mremap.c 1
@@ @@
remap_move(...)
{
<...
- target_addr = res_vma + vrm->new_len;
+ target_addr = res_vma + vrm->new_len; break;
...>
}
