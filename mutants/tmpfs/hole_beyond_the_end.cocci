// Breaks: SEEK_HOLE in the last page returns the end of the page instead of the file's.
// Seen as: copies are longer than the file.
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
