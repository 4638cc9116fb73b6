// Breaks: MADV_DONTNEED keeps the write protection of anonymous memory.
// Seen as: writes to dropped pages are reported to the handler.
// Caught by: uffd/write_protect.dropped_thp
// Noticed by: uffd/write_protect.dropped_thp, its own check
// Changes: mm/memory.c 1, include/linux/mm_inline.h 1
@@ @@
zap_install_uffd_wp_if_needed(...)
{
<...
- if (vma_is_anonymous(vma)) return;
...>
}
@@ @@
pte_install_uffd_wp_if_needed(...)
{
<...
- vma_is_anonymous(vma) || !userfaultfd_wp(vma)
+ !userfaultfd_wp(vma)
...>
}
