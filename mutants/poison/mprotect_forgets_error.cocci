// Breaks: mprotect drops the entry of a bad huge page, and the file does not know of it.
// Seen as: a program reads on from memory that is gone.
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
