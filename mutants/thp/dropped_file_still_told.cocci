// Breaks: FileHugePages keeps a huge page of a file that was dropped.
// Seen as: a figure that only grows.
// Caught by: thp/disk_file.collapsed thp/disk_file.writer
// Noticed by: thp/disk_file.collapsed, its own check
// Changes: mm/filemap.c 1
@@ @@
filemap_unaccount_folio(...)
{
<...
- __lruvec_stat_mod_folio(folio, NR_FILE_THPS, -nr);
...>
}
