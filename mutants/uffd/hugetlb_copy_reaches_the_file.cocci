// Breaks: UFFDIO_COPY to a private hugetlb mapping adds the page to the file.
// Seen as: private data is visible to all processes.
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
