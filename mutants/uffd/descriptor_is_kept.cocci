// Breaks: what belongs to a userfaultfd is kept when it is closed.
// Seen as: a machine that slowly runs out of memory (the kernel's slabs grow).
// Caught by: uffd/balance.*
// Noticed by: uffd/balance.kept_registered_thp, its own check
// Changes: fs/userfaultfd.c 1
@@ @@
userfaultfd_ctx_put(...)
{
<...
- kmem_cache_free(userfaultfd_ctx_cachep, ctx);
...>
}
