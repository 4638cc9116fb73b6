// Breaks: a remount without noswap lets new files of a tmpfs go to swap.
// Seen as: secrets on a disk, where the first mount forbade it.
// Caught by: tmpfs/noswap.remounted
// Noticed by: tmpfs/noswap.remounted, its own check
// Changes: mm/shmem.c 1
@@ @@
shmem_reconfigure(...)
{
<...
- if (ctx->noswap)
-	sbinfo->noswap = true;
+ sbinfo->noswap = ctx->noswap;
...>
}
