// Breaks: the policy that a mapping had before is kept.
// Seen as: a machine that slowly runs out of memory (the kernel's slabs grow).
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
