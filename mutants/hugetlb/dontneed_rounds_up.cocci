// Breaks: MADV_DONTNEED of a part of a huge page drops the whole page.
// Seen as: data outside the given length is lost.
// Caught by: hugetlb/madvise.dontneed_part
// Noticed by: hugetlb/madvise.dontneed_part, its own check
// Changes: mm/madvise.c 1
@@ @@
madvise_dontneed_free_valid_vma(...)
{
<...
- *end = ALIGN_DOWN(*end, huge_page_size(hstate_vma(vma)));
+ *end = ALIGN(*end, huge_page_size(hstate_vma(vma)));
...>
}
