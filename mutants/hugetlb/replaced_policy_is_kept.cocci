// Breaks: the replaced policy of a mapping is not freed.
// Seen as: kernel memory leaks (slab).
// Caught by: hugetlb/balance.policies
// Noticed by: hugetlb/balance.policies, its own check
// Changes: mm/mempolicy.c 1
@@ @@
vma_replace_policy(...)
{
<...
- mpol_put(old);
...>
}
