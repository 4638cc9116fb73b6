// Breaks: UFFDIO_SET_MODE to asynchronous does not wake waiting threads.
// Seen as: a thread waits for ever.
// Caught by: uffd/rw_protect.set_mode_*
// Noticed by: uffd/rw_protect.set_mode_base, its own check
// Since: 7.3
// Changes: mm/userfaultfd.c 1
@@ @@
userfaultfd_set_mode(...)
{
<...
- if (mode.enable & UFFD_FEATURE_RWP_ASYNC)
+ if (0)
 {
  struct userfaultfd_wake_range range = ...;
  ...
 }
...>
}
