// Breaks: a read fault allocates a huge page instead of mapping the huge zero page.
// Seen as: memory is used that was not written.
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
