// Breaks: the test device migrates what its process may not read, and within pages.
// Seen as: no refusal.
// Caught by: hmm/refused.unreadable_* hmm/refused.misaligned_*
// Changes: lib/test_hmm.c 3
@@ @@
(
- !(vma->vm_flags & VM_READ)
+ !(vma->vm_flags & VM_MAYREAD)
|
- cmd.addr & ~PAGE_MASK
+ !cmd.addr
)
