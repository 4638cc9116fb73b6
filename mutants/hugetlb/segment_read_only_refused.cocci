// Breaks: SHM_RDONLY is attached with the right to write.
// Seen as: a reader can change what it should only read, or cannot attach.
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
