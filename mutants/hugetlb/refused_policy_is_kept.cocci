// Breaks: a policy that mbind rejects is not freed.
// Seen as: kernel memory leaks (slab).
// Caught by: hugetlb/balance.policies
// Noticed by: hugetlb/balance.policies, its own check
// Changes: mm/mempolicy.c 1
@@ @@
do_mbind(...)
{
<...
mpol_out:
- 	mpol_put(new);
+ 	if (!err)
+ 		mpol_put(new);
...>
}
