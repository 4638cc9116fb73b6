// Breaks: the early-kill signal has BUS_MCEERR_AR instead of BUS_MCEERR_AO.
// Seen as: a program believes that its own access failed.
// Caught by: poison/early_kill.unprepared poison/early_kill.asked poison/early_kill.thread
// Noticed by: poison/early_kill.asked, its own check
// Changes: mm/memory-failure.c 1
@@ @@
kill_proc(...)
{
<...
- BUS_MCEERR_AO
+ BUS_MCEERR_AR
...>
}
