// Breaks: copy on write copies only the first half of a huge page.
// Seen as: after a child's or parent's write, half of the copy is wrong.
// Caught by: hugetlb/cow_whole_page
// Noticed by: hugetlb/cow_whole_page.first_word, its own check
// History: it survived at first: nobody wrote less than a whole page, and the free page that
//   the copy went to still held the right bytes from before. hugetlb/cow_whole_page came of it.
// Changes: mm/memory.c 1
@@ @@
copy_user_large_folio(...)
{
<...
- process_huge_page(addr_hint, nr_pages, copy_subpage, &arg)
+ process_huge_page(addr_hint, nr_pages / 2, copy_subpage, &arg)
...>
}
