// Breaks: with an empty pool, the owner of the reservation cannot take the page from its child.
// Seen as: the process with the reservation gets SIGBUS.
// Caught by: hugetlb/cow_pool_empty
// Noticed by: hugetlb/cow_pool_empty.owner_wins, crash
// Changes: mm/hugetlb.c 1
@@ @@
hugetlb_wp(...)
{
<...
- cow_from_owner = true;
+ cow_from_owner = false;
...>
}
