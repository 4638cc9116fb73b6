// Breaks: UFFDIO_COPY replaces an existing page.
// Seen as: data written meanwhile is lost.
// Caught by: uffd/missing.half_thp uffd/race.one_copy_thp
// Noticed by: uffd/missing.half_thp, its own check
// Changes: mm/userfaultfd.c 1
@@ @@
mfill_atomic_install_pte(...)
{
<...
- if (!pte_none_mostly(ptep_get(dst_pte))) goto out_unlock;
...>
}
