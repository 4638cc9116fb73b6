// Breaks: a remount accepts a size= below the used size.
// Seen as: more blocks are used than there are.
// Caught by: tmpfs/names.size
// Noticed by: tmpfs/names.size, its own check
// Changes: mm/shmem.c 1
@@ @@
shmem_reconfigure(...)
{
<...
- percpu_counter_compare(&sbinfo->used_blocks, ctx->blocks) > 0
+ percpu_counter_compare(&sbinfo->used_blocks, ctx->blocks) > 1
...>
}
