// Breaks: MADV_COLLAPSE of a dirty file does not try again after it was written back.
// Seen as: EAGAIN.
// Caught by: thp/disk_written.dirty
// Since: 7.3
// Changes: mm/khugepaged.c 1
@@ @@
- triggered_wb = true;
- goto retry;
+ triggered_wb = true;
