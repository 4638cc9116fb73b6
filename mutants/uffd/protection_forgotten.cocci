// Breaks: write-protecting base pages makes them read-only without the uffd-wp bit.
// Seen as: writes that are not reported to the handler.
// Caught by: uffd/write_protect.told_shmem uffd/write_protect.part_thp uffd/write_protect.not_collapsed
// Noticed by: uffd/write_protect.told_shmem, its own check
// Changes: mm/mprotect.c 1
@@ @@
- ptent = pte_mkuffd_wp(ptent);
+ ;
