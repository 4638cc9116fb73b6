// Breaks: MADV_FREE takes memory of a file.
// Seen as: what a program wrote to a file may be lost.
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
