// Breaks: mremap of several VMAs moves only the first one and reports success.
// Seen as: the other VMAs stay.
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
