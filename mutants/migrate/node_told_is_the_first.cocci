// Breaks: get_mempolicy(MPOL_F_NODE) reports node 0 for every address.
// Seen as: the wrong node for pages on another node than 0.
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
