// Breaks: vm.enable_soft_offline has no effect.
// Seen as: pages leave the pool against the administrator's will.
// Caught by: poison/soft_offline_pool.forbidden
// Changes: mm/memory-failure.c 1
@@ @@
soft_offline_page(...)
{
<...
- if (!sysctl_enable_soft_offline)
+ if (false)
 { ... }
...>
}
