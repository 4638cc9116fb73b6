// Breaks: process_madvise returns the full length after a partial success.
// Seen as: the caller believes that all ranges were advised.
// Caught by: thp/process_madvise.halfway
// Noticed by: thp/process_madvise.halfway, its own check
// Changes: mm/madvise.c 1
@@ @@
- ret = (total_len - iov_iter_count(&iter)) ? : ret;
+ ret = total_len > iov_iter_count(&iter) ? total_len : ret;
