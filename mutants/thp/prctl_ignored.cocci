// Breaks: PR_SET_THP_DISABLE has no effect.
// Seen as: a process with PR_SET_THP_DISABLE gets THPs.
// Caught by: thp/advice.by_prctl
// Noticed by: thp/advice.by_prctl, its own check
// Changes: mm/huge_memory.c 1, mm/memory.c 1
@@
expression flags;
@@
- vma_thp_disabled(vma, flags)
+ ((flags) & VM_NOHUGEPAGE)
