// Breaks: MADV_DONTNEED of huge pages gives nothing back.
// Seen as: memory stays taken, old bytes are read.
// Caught by: hugetlb/madvise.dontneed_private hugetlb/mincore.given_back
// Noticed by: hugetlb/madvise.dontneed_private, its own check
// Changes: mm/madvise.c 1
@@ @@
madvise_dontneed_free_valid_vma(...)
{
<...
- *end = ALIGN_DOWN(*end, huge_page_size(hstate_vma(vma)));
+ *end = start;
...>
}
