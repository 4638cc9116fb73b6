// Breaks: removing write protection leaves the uffd-wp bit of base pages.
// Seen as: a process faults at the same page again and again.
// Caught by: uffd/write_protect.told_* uffd/write_protect.whole_shmem uffd/write_protect.part_*
// Noticed by: uffd/write_protect.told_shmem, its own check
// Changes: mm/mprotect.c 1
@@ @@
- ptent = pte_clear_uffd_wp(ptent);
+ ;
