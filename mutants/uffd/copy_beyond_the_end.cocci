// Breaks: UFFDIO_COPY of hugetlb does not check the end of the file.
// Seen as: pages beyond the end of a file leak.
// Caught by: uffd/reservation.beyond_the_end
// Noticed by: uffd/reservation.beyond_the_end, its own check
// Changes: mm/hugetlb.c 1
@@ @@
hugetlb_mfill_atomic_pte(...)
{
<...
- if (idx >= (i_size_read(mapping->host) >> huge_page_shift(h))) goto out_release_nounlock;
...>
}
