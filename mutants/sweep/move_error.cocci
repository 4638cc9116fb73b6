// Breaks: mremap that finds no memory for a mapping fails with EIO.
// Seen as: a program that is short of memory takes the error for a broken disk, and gives up.
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
