// Breaks: fork leaves a private huge page writable in both processes.
// Seen as: what one side of a fork writes is read by the other.
// Caught by: hugetlb/private_cow
// Changes: mm/hugetlb.c 1
@@ @@
copy_hugetlb_page_range(...)
{
<...
- bool cow = is_cow_mapping(...);
+ bool cow = false;
...>
}
