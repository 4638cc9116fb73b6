// Fixes: the known issue dofork-refuses-hugetlb (doc/known-issues.md): a hugetlb mapping
// that MADV_DONTFORK took out of fork cannot be put back.
// Source: deb:trixie-backports/linux-source-7.3
// Changes: mm/madvise.c 1
@@
identifier flags;
@@
- if (flags & VM_SPECIAL)
+ if (!is_vm_hugetlb_page(vma) && (flags & VM_SPECIAL))
    return -EINVAL;
  flags &= ~VM_DONTCOPY;
