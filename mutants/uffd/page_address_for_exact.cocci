// Breaks: UFFD_FEATURE_EXACT_ADDRESS reports the address of the page, not of the byte.
// Seen as: a handler that tracks objects cannot tell which one was accessed.
// Caught by: uffd/opened.exact_*
// Noticed by: uffd/opened.exact_hugetlb, its own check
// Changes: fs/userfaultfd.c 1
@@ @@
userfault_msg(...)
{
<...
- (features & UFFD_FEATURE_EXACT_ADDRESS) ? real_address : address
+ address
...>
}
