// Breaks: mprotect drops the hwpoison entry of a huge page, and the file does not record the error.
// Seen as: a program reads from memory that is lost.
// Caught by: poison/life_after.protected_private poison/life_after.protected_shared
// Noticed by: poison/life_after.protected_shared, its own check
// Changes: mm/hugetlb.c 2
@@ statement S; @@
hugetlb_change_protection(...)
{
<...
if (unlikely(is_hugetlb_entry_hwpoisoned(pte))) {
+ huge_pte_clear(mm, address, ptep, psize);
} else S
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
