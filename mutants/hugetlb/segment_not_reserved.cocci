// Breaks: System V segments of huge pages are not reserved.
// Seen as: shmget succeeds, and a later touch gets SIGBUS.
// Caught by: hugetlb/sysv.reserves hugetlb/sysv_refused.no_page hugetlb/library_shm.shm_override
// Noticed by: hugetlb/library_shm.shm_override, its own check
// Changes: ipc/shm.c 1
@@
expression a, b;
@@
newseg(...)
{
<...
- hugetlb_file_setup(name, hugesize, acctflag, a, b)
+ hugetlb_file_setup(name, hugesize, VM_NORESERVE, a, b)
...>
}
