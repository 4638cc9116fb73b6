// Breaks: enabled=never has no effect.
// Seen as: THPs cannot be disabled.
// Caught by: thp/advice.never
// Noticed by: thp/advice.never, its own check
// Changes: mm/huge_memory.c 1
@@
statement S;
@@
if (sysfs_streq(buf, "never")) {
-	clear_bit(TRANSPARENT_HUGEPAGE_FLAG, &transparent_hugepage_flags);
-	clear_bit(TRANSPARENT_HUGEPAGE_REQ_MADV_FLAG, &transparent_hugepage_flags);
} else S
