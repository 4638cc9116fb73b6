// Breaks: THPeligible in smaps ignores the size and alignment of the mapping.
// Seen as: tools predict huge pages that are not allocated.
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
