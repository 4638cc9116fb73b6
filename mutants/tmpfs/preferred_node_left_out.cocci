// Breaks: mpol=prefer: without a node is accepted.
// Seen as: a mount whose policy prefers no node; later a crash.
// Caught by: tmpfs/mount_option.policy_wrong
// Noticed by: tmpfs/mount_option.policy_wrong, its own check
// Changes: mm/mempolicy.c 1
// History: commit aa9f7d5172fa, "mm: mempolicy: require at least one nodeid for MPOL_PREFERRED"
@@ expression rest; @@
mpol_parse_str(...)
{
<...
if (*rest)
	goto out;
- if (nodes_empty(nodes))
- 	goto out;
...>
}
