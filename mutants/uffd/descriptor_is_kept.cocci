// Breaks: the context of a userfaultfd is not freed when it is closed.
// Seen as: kernel memory leaks (slab).
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
