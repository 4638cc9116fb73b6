// Breaks: a remount ignores a new huge=.
// Seen as: later pages obey the old option.
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
