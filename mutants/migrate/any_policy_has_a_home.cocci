// Breaks: set_mempolicy_home_node accepts every policy.
// Seen as: the call succeeds without an effect.
// Caught by: migrate/policy.home_refused_*
// Noticed by: migrate/policy.home_refused_base, its own check
// Changes: mm/mempolicy.c 1
// Guest: --nodes 2 --memory 3G
@@ @@
- if (old->mode != MPOL_BIND && old->mode != MPOL_PREFERRED_MANY) {
+ if (0) {
...
  }
