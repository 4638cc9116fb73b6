// Breaks: F_SEAL_WRITE that is refused for a pin keeps others from mapping the file.
// Seen as: a shared mapping to write is EPERM without a seal.
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
