// Breaks: the test device migrates memory that the process may not read, and unaligned ranges.
// Seen as: the migration succeeds instead of failing.
// Caught by: hmm/refused.unreadable_* hmm/refused.misaligned_*
// Noticed by: hmm/refused.unreadable_private, its own check
// Changes: lib/test_hmm.c 2
@@ @@
dmirror_migrate_to_device(...)
{
<...
- !(vma->vm_flags & VM_READ)
+ !(vma->vm_flags & VM_MAYREAD)
...>
}

@@ @@
dmirror_fops_unlocked_ioctl(...)
{
<...
- cmd.addr & ~PAGE_MASK
+ !cmd.addr
...>
}
