// Breaks: with the pool empty the owner of the reservation may not take the page from a child.
// Seen as: the process that reserved is killed by SIGBUS where its child should be.
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
