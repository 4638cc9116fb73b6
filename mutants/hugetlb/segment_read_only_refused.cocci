// Breaks: SHM_RDONLY is attached with the right to write.
// Seen as: a reader can change what it should only read, or cannot attach.
// Caught by: hugetlb/sysv.read_only
// Changes: ipc/shm.c 1
@@ @@
do_shmat(...)
{
<...
- prot = PROT_READ;
+ prot = PROT_READ | PROT_WRITE;
...>
}
