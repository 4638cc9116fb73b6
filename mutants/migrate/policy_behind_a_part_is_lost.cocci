// Breaks: setting a policy for a part of a file removes the policy behind that part.
// Seen as: memory behind the part is allocated on any node.
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
