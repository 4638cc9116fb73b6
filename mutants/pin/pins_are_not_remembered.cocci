// Breaks: the flag that a process has pinned pages is not set.
// Seen as: fork shares pinned pages, and device and process use different pages.
// Caught by: pin/remapped.pinned_before_*
// Noticed by: pin/remapped.pinned_before_cold_base, its own check
// Changes: mm/gup.c 2
@@ @@
- if (flags & FOLL_PIN)
- 	mm_set_has_pinned_flag(&mm->flags);
@@ @@
- if (gup_flags & FOLL_PIN)
-	mm_set_has_pinned_flag(&current->mm->flags);
