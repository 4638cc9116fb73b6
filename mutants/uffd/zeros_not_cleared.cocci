// Breaks: UFFDIO_ZEROPAGE of shared memory does not clear the page.
// Seen as: data of the previous user of the memory.
// Caught by: uffd/zero_page.zeros_shmem uffd/zero_page.whole_shmem
// Noticed by: uffd/zero_page.zeros_shmem, its own check
// Changes: mm/shmem.c 1
@@ @@
shmem_mfill_atomic_pte(...)
{
<...
- clear_user_highpage(&folio->page, dst_addr);
+ memset(kmap_local_folio(folio, 0), 0x5a, PAGE_SIZE);
...>
}
