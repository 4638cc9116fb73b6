// Breaks: a process bound to a node reserves pages of other nodes.
// Seen as: mmap succeeds, and the fault gets SIGBUS.
// Caught by: hugetlb/node_policy.bind_refused hugetlb/accounting_nodes.shared hugetlb/accounting_nodes.private
// Noticed by: hugetlb/accounting_nodes.shared, its own check
// Changes: mm/hugetlb.c 1
@@ @@
hugetlb_acct_memory(...)
{
<...
- if (delta > allowed_mems_nr(h))
+ if (delta > h->free_huge_pages)
  {...}
...>
}
