// Breaks: MADV_DONTNEED drops nothing of memory that is registered for UFFDIO_RWPROTECT.
// Seen as: memory is not zero.
// Caught by: uffd/rw_protection_stays.dropped_*
// Since: 7.3
// Changes: mm/madvise.c 1
@@
expression T, V, S, L, D;
@@
madvise_dontneed_single_vma(...)
{
<...
- zap_vma_range_batched(T, V, S, L, D);
+ if (!userfaultfd_rwp(V)) zap_vma_range_batched(T, V, S, L, D);
...>
}
