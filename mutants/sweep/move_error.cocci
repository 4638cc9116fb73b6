// Breaks: mremap that fails to allocate memory returns EIO instead of ENOMEM.
// Seen as: the wrong errno.
// Caught by: sweep/move.filled_* sweep/move.promised
// Noticed by: sweep/move.filled_private, its own check
// Changes: mm/mremap.c 1
@@ expression A; @@
move_vma(...)
{
<...
  if (!new_vma) {
	if (A)
		vm_unacct_memory(...);
- 	return -ENOMEM;
+ 	return -EIO;
  }
...>
}
