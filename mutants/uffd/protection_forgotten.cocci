// Breaks: base pages that are protected are made read-only and not marked.
// Seen as: writes that no handler hears of.
// Caught by: uffd/write_protect.told_shmem uffd/write_protect.part_thp uffd/write_protect.not_collapsed
// Noticed by: uffd/write_protect.told_shmem, its own check
// Changes: mm/mprotect.c 1
@@ @@
- ptent = pte_mkuffd_wp(ptent);
+ ;
