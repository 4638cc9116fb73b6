// Breaks: MADV_FREE accepts memory of a file.
// Seen as: data written to the file is lost.
// Caught by: thp/lazy_free.refused_tmpfs thp/advice_bounds.refused_free_tmpfs
// Noticed by: thp/advice_bounds.refused_free_tmpfs, its own check
// Changes: mm/madvise.c 1
@@ @@
madvise_free_single_vma(...)
{
<...
- if (!vma_is_anonymous(vma))
-	return -EINVAL;
...>
}
