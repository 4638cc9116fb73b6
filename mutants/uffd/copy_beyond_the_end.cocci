// Breaks: a copy of hugetlb does not look where its file ends.
// Seen as: pages behind the end of a file, which nobody gives back.
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
