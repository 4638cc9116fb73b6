// Breaks: a huge page is dissolved although all free pages are reserved.
// Seen as: HugePages_Rsvd exceeds HugePages_Free.
// Caught by: poison/pool_losses.all_promised poison/soft_offline_pool.promised
// Changes: mm/hugetlb.c 1
@@ @@
dissolve_free_hugetlb_folio(...)
{
<...
- if (!available_huge_pages(h)) goto out;
...>
}
