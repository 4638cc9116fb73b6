// Breaks: UFFDIO_COPY in a private mapping of hugetlb puts the page into the file as well.
// Seen as: what a process was given for itself alone is seen by all.
// Caught by: uffd/private_file.missing_hugetlb
// Changes: mm/hugetlb.c 1
@@ @@
hugetlb_mfill_atomic_pte(...)
{
<...
- if (vm_shared && !is_continue)
+ if (!is_continue)
  { ... }
...>
}
