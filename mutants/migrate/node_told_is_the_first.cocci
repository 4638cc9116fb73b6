// Breaks: get_mempolicy tells node 0 of every address (MPOL_F_NODE).
// Seen as: a program believes that its memory is where it is not.
// Caught by: migrate/policy.node_told_*
// Noticed by: migrate/policy.node_told_base, its own check
// Changes: mm/mempolicy.c 1
// Guest: --nodes 2 --memory 3G
@@ @@
lookup_node(...)
{
<...
- ret = page_to_nid(p);
+ ret = 0;
...>
}
