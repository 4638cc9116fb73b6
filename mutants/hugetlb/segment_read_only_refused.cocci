// Breaks: an attachment with SHM_RDONLY is writable.
// Seen as: a read-only attachment can be written.
// Caught by: hugetlb/sysv.read_only
// Noticed by: hugetlb/sysv.read_only, its own check
// Changes: ipc/shm.c 1
@@ @@
do_shmat(...)
{
<...
- prot = PROT_READ;
+ prot = PROT_READ | PROT_WRITE;
...>
}
