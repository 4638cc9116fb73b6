// Breaks: a policy of a part of a file takes away the policy behind it.
// Seen as: memory behind the part comes from any node.
// Caught by: migrate/policy.of_a_file
// Noticed by: migrate/policy.of_a_file, its own check
// Changes: mm/mempolicy.c 1
@@ @@
shared_policy_replace(...)
{
<...
- n->end > end
+ 0
...>
}
