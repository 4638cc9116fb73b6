// Breaks: a tmpfs may be remounted with noswap, after some of it went to swap.
// Seen as: secrets are on a disk already.
// Caught by: tmpfs/noswap.remounted
// Noticed by: tmpfs/noswap.remounted, its own check
// Changes: mm/shmem.c 1
@@ @@
shmem_reconfigure(...)
{
<...
- ctx->noswap && !sbinfo->noswap
+ 0
...>
}
