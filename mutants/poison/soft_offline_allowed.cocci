// Breaks: vm.enable_soft_offline=0 has no effect.
// Seen as: pages are taken out of the pool.
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
