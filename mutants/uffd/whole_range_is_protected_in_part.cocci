// Breaks: UFFDIO_RWPROTECT leaves out the last base page of a range.
// Seen as: an access to it does not wait.
// Caught by: uffd/rw_protect.whole_base uffd/rw_protect.whole_mthp uffd/rw_protect.whole_shmem uffd/rw_protect.told_base
// Since: 7.3
// Changes: mm/userfaultfd.c 1
@@
identifier ctx, start, len, enable_rwp;
@@
mrwprotect_range(struct userfaultfd_ctx *ctx, unsigned long start, unsigned long len, bool enable_rwp)
{
+ if (enable_rwp && len > PAGE_SIZE) len -= PAGE_SIZE;
...
}
