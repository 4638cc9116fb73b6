// Breaks: mremap of several VMAs moves them without the gaps between them.
// Seen as: a VMA behind a gap is at the wrong address.
// Caught by: thp/mremap_several.gaps
// Noticed by: thp/mremap_several.gaps, its own check
// Since: 6.17
// Changes: mm/mremap.c 1
@@ @@
remap_move(...)
{
<...
- vrm->new_addr = target_addr + offset;
+ vrm->new_addr = target_addr;
...>
}
