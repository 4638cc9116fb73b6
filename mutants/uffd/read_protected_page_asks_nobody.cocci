// Breaks: an access to a base page under UFFDIO_RWPROTECT does not wait for the handler.
// Seen as: a protected page is read.
// Caught by: uffd/rw_protect.told_base uffd/rw_protect.told_mthp uffd/rw_protect.told_shmem uffd/rw_protect.again_base uffd/rw_protect.again_mthp uffd/rw_protect.again_shmem uffd/rw_protect.part_base uffd/rw_protect.part_mthp uffd/rw_protect.part_shmem uffd/rw_protect.registered_again_shmem uffd/rw_protect.ended_closed_shmem uffd/rw_protect.set_mode_shmem
// Since: 7.3
// Changes: mm/memory.c 1
@@ @@
do_uffd_rwp(...)
{
<...
- if (!userfaultfd_rwp_async(vmf->vma)) {
+ if (0) {
...
 }
...>
}
