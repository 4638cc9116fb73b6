// Breaks: a failed F_SEAL_WRITE prevents later writable mappings.
// Seen as: a writable mapping fails with EPERM without a seal.
// Caught by: tmpfs/seals.pinned_* hugetlb/seals.pinned
// Noticed by: tmpfs/seals.pinned_small, its own check
// Changes: mm/memfd.c 1
@@ @@
memfd_add_seals(...)
{
<...
- mapping_allow_writable(file->f_mapping);
...>
}
