// Breaks: MADV_DONTNEED of hugetlb frees nothing.
// Seen as: the page stays allocated, and old data is read.
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
