// Breaks: a file that is open for writing is not collapsed.
// Seen as: EINVAL.
// Caught by: thp/disk_written.collapsed thp/disk_written.stored thp/disk_written.dirty thp/disk_written.text thp/disk_written.truncated thp/disk_written.punched
// Since: 7.3
// Changes: mm/huge_memory.c 1
@@ @@
file_thp_enabled(...)
{
<...
- return S_ISREG(inode->i_mode);
+ return S_ISREG(inode->i_mode) && !inode_is_open_for_write(inode);
...>
}
