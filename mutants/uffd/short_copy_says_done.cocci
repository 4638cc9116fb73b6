// Breaks: a copy that ended early says that all was done.
// Seen as: a handler believes pages there that are missing.
// Caught by: uffd/missing.half_*
// Noticed by: uffd/missing.half_shmem, its own check
// Changes: fs/userfaultfd.c 1
@@ @@
userfaultfd_copy(...)
{
<...
- ret = range.len == uffdio_copy.len ? 0 : -EAGAIN;
+ ret = 0;
...>
}
