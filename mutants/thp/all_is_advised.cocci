// Breaks: process_madvise tells all bytes where it came to some.
// Seen as: a caller does not go on where it has to.
// Caught by: thp/process_madvise.halfway
// Noticed by: thp/process_madvise.halfway, its own check
// Changes: mm/madvise.c 1
@@ @@
- ret = (total_len - iov_iter_count(&iter)) ? : ret;
+ ret = total_len > iov_iter_count(&iter) ? total_len : ret;
