// Breaks: the setting of the size itself is taken for always.
// Seen as: a size that is off is used.
// Caught by: thp/advice.by_size thp/sizes.never thp/advice.never
// Changes: include/linux/huge_mm.h 1
@@ @@
thp_vma_allowable_orders(...)
{
<...
- orders &= mask;
+ ;
...>
}
