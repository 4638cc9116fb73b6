// Breaks: SEEK_HOLE in the last page returns the end of the page, not of the file.
// Seen as: a copy by extents is longer than the file.
// Caught by: tmpfs/seek.cut_*
// Noticed by: tmpfs/seek.cut_anon, its own check
// Changes: mm/filemap.c 1
@@ @@
mapping_seek_hole_data(...)
{
<...
- if (start > end) return end;
...>
}
