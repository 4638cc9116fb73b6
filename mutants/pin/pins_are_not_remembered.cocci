// Breaks: a process that pinned pages is not remembered as one that did.
// Seen as: its next fork shares them, and device and process work on two pages.
// Caught by: pin/remapped.pinned_before_*
// Noticed by: pin/remapped.pinned_before_cold_base, its own check
// Changes: mm/gup.c 2
@@ @@
- if (flags & FOLL_PIN)
- 	mm_set_has_pinned_flag(&mm->flags);
@@ @@
- if (gup_flags & FOLL_PIN)
-	mm_set_has_pinned_flag(&current->mm->flags);
