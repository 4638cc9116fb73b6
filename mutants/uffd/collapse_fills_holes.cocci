// Breaks: MADV_COLLAPSE fills holes with zeros although a handler should fill them.
// Seen as: zeros are read instead of the handler's data.
// Caught by: uffd/missing.not_collapsed_*
// Noticed by: uffd/missing.not_collapsed_shmem, its own check
// Changes: mm/khugepaged.c 3
@@
identifier f =~ "^(__collapse_huge_page_isolate|hpage_collapse_scan_pmd)$";
@@
f(...)
{
<...
- !userfaultfd_armed(vma)
+ true
...>
}
@@ @@
collapse_file(...)
{
<...
- userfaultfd_missing(vma)
+ 0
...>
}
