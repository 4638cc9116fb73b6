// Breaks: with UFFD_FEATURE_WP_ASYNC, writes still wait for a handler.
// Seen as: a process without a handler hangs.
// Caught by: uffd/write_protect.async_*
// Noticed by: uffd/write_protect.async_shmem, its own check
// Changes: fs/userfaultfd.c 1
@@ @@
userfaultfd_wp_async(...)
{
<...
- return userfaultfd_wp_async_ctx(vma->vm_userfaultfd_ctx.ctx);
+ return false;
...>
}
