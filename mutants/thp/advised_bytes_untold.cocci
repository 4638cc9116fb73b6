// Breaks: process_madvise that fails half-way does not tell what it has done.
// Seen as: an errno in place of the number of bytes.
// Caught by: thp/process_madvise.halfway
// Noticed by: thp/process_madvise.halfway, its own check
// Changes: mm/madvise.c 1
// History: commit 5bd009c7c9a9, "mm: madvise: return correct bytes advised with process_madvise"
@@ @@
- ret = (total_len - iov_iter_count(&iter)) ? : ret;
+ ret = ret < 0 ? ret : (total_len - iov_iter_count(&iter)) ? : ret;
