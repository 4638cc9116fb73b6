// Breaks: hwpoison entries of private huge pages are not copied at fork.
// Seen as: the child finds zeros.
// Caught by: poison/life_after.forked_private
// Noticed by: poison/life_after.forked_private, its own check
// Changes: mm/hugetlb.c 1
@@ statement S; @@
copy_hugetlb_page_range(...)
{
<...
  if (unlikely(is_hugetlb_entry_hwpoisoned(entry))) {
-   set_huge_pte_at(dst, addr, dst_pte, entry, sz);
  } else S
...>
}
