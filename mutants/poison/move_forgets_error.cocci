// Breaks: mremap drops the hwpoison entry of a huge page, and the file does not record the error.
// Seen as: a program reads from memory that is lost.
// Caught by: poison/life_after.moved_private poison/life_after.moved_shared poison/no_fresh_page.mapped_later poison/life_after.forked_shared
// Noticed by: poison/life_after.forked_shared, its own check
// Changes: mm/hugetlb.c 2
@@ @@
move_huge_pte(...)
{
<...
- set_huge_pte_at(mm, new_addr, dst_pte, pte, sz);
+ if (pte_present(pte)) set_huge_pte_at(mm, new_addr, dst_pte, pte, sz);
...>
}
@@ @@
hugetlb_no_page(...)
{
<...
- unlikely(folio_test_hwpoison(folio))
+ false
...>
}
