// Breaks: an O_TMPFILE that gets a name counts as two inodes.
// Seen as: nr_inodes is used up by removed files.
// Caught by: tmpfs/names.nameless
// Noticed by: tmpfs/names.nameless, its own check
// Changes: mm/shmem.c 1
@@
expression inode;
@@
shmem_link(...)
{
...
- if (inode->i_nlink)
+ if (1)
  {
  ...
  }
...
}
