// Breaks: memory that moves with no word to its handler stays with it.
// Seen as: a handler is told of addresses that it never heard of.
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
