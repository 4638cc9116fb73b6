// Breaks: a policy that mbind() refuses to set is kept.
// Seen as: a machine that slowly runs out of memory (the kernel's slabs grow).
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
