// Breaks: a file of a disk keeps its huge pages when it is opened for writing.
// Seen as: a file system that knows no huge pages writes them back.
// Caught by: thp/disk_file.writer
// Noticed by: thp/disk_file.writer, its own check
// Changes: fs/open.c 1
// History: commit 09d91cda0e82, "mm,thp: avoid writes to file with THP in pagecache"
@@ @@
do_dentry_open(...)
{
<...
- filemap_nr_thps(inode->i_mapping)
+ 0 && filemap_nr_thps(inode->i_mapping)
...>
}
