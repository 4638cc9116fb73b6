// Breaks: shmem_enabled=deny is treated as never.
// Seen as: the mount option and MADV_COLLAPSE make huge pages.
// Caught by: tmpfs/mount_option.setting_deny tmpfs/mount_option.deny_and_collapse
// Noticed by: tmpfs/mount_option.setting_deny, its own check
// Changes: mm/shmem.c 3
@@ @@
- shmem_huge == SHMEM_HUGE_DENY
+ shmem_huge == SHMEM_HUGE_DENY - 10
