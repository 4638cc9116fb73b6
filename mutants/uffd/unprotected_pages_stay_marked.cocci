// Breaks: base pages that a handler let go stay marked as protected.
// Seen as: a process waits at the same page again and again.
// Caught by: uffd/write_protect.told_* uffd/write_protect.whole_shmem uffd/write_protect.part_*
// Noticed by: uffd/write_protect.told_shmem, its own check
// Changes: mm/mprotect.c 1
@@ @@
- ptent = pte_clear_uffd_wp(ptent);
+ ;
