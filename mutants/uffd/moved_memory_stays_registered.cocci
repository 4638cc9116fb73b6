// Breaks: memory moved by mremap without a remap event stays registered.
// Seen as: faults at addresses that the handler does not know.
// Caught by: uffd/events.moved_untold_*
// Noticed by: uffd/events.moved_untold_shmem, its own check
// Changes: fs/userfaultfd.c 1
@@ @@
mremap_userfaultfd_prep(...)
{
<...
- userfaultfd_reset_ctx(vma);
+ ;
...>
}
