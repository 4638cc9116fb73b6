// Breaks: smaps reports a mapping that has no room for a huge page as eligible
//   (THPeligible).
// Seen as: tools that look for the reason why there is no huge page, and find none.
// Caught by: thp/eligible.too_small thp/eligible.smaller_size
// Noticed by: thp/eligible.too_small, its own check
// Changes: mm/huge_memory.c 1
@@ @@
__thp_vma_allowable_orders(...)
{
<...
- if (!in_pf) {
+ if (!in_pf && !smaps) {
  	int order = ...;
  	...
  }
...>
}
