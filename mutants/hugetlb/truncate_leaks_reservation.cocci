// Breaks: a file that shrinks keeps the reservation of the pages cut off.
// Seen as: HugePages_Rsvd grows for ever, until nobody can map.
// Caught by: hugetlb/truncate
// Noticed by: hugetlb/truncate.reservations, its own check
// Changes: mm/hugetlb.c 1
@@ @@
hugetlb_unreserve_pages(...)
{
<...
- hugetlb_acct_memory(h, -gbl_reserve);
...>
}
