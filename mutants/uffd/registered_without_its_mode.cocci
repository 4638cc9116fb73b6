// Breaks: UFFDIO_REGISTER says that it has registered memory which it refused.
// Seen as: success instead of EBUSY.
// Caught by: uffd/write_protect.registered_again_* uffd/rw_protect.registered_again_*
// Since: 7.3
// Changes: mm/userfaultfd.c 1
@@ @@
userfaultfd_ioctl(...)
{
<...
  ret = userfaultfd_register(ctx, arg);
+ if (ret == -EBUSY) ret = 0;
...>
}
