// Breaks: a read of untouched memory makes a huge page.
// Seen as: memory is used that nobody wrote.
// Caught by: thp/fault.zero_page
// Noticed by: thp/fault.zero_page, its own check
// Changes: mm/huge_memory.c 1
@@ @@
do_huge_pmd_anonymous_page(...)
{
<...
- transparent_hugepage_use_zero_page()
+ 0
...>
}
