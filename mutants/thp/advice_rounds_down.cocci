// Breaks: madvise leaves out a page that its length covers in part.
// Seen as: a page is not dropped.
// Caught by: thp/advice_bounds.rounded_base thp/advice_bounds.rounded_mthp thp/advice_bounds.rounded_thp
// Noticed by: thp/advice_bounds.rounded_base, its own check
// Changes: mm/madvise.c 1
@@ @@
do_madvise(...)
{
<...
- len = PAGE_ALIGN(len_in);
+ len = PAGE_ALIGN_DOWN(len_in);
...>
}
