// Breaks: a remount with another huge= changes nothing.
// Seen as: pages made later are as before.
// Caught by: tmpfs/mount_option.remounted
// Noticed by: tmpfs/mount_option.remounted, its own check
// Changes: mm/shmem.c 1
@@ @@
shmem_reconfigure(...)
{
<...
- sbinfo->huge = ctx->huge;
+ ;
...>
}
