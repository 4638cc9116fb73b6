// Breaks: shmem_enabled deny does no more than never.
// Seen as: huge pages by the mount's option and by MADV_COLLAPSE, which deny forbids.
// Caught by: tmpfs/mount_option.setting_deny tmpfs/mount_option.deny_and_collapse
// Noticed by: tmpfs/mount_option.setting_deny, its own check
// Changes: mm/shmem.c 3
@@ @@
- shmem_huge == SHMEM_HUGE_DENY
+ shmem_huge == SHMEM_HUGE_DENY - 10
