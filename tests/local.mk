# One line a program, sorted; its source is the file of the same name. A program
# that needs more than the library's floor says so below the list.
nobase_pkglibexec_PROGRAMS += \
	tests/hugetlb/accounting \
	tests/hugetlb/cgroup \
	tests/hugetlb/cow_pool_empty \
	tests/hugetlb/cow_whole_page \
	tests/hugetlb/demote \
	tests/hugetlb/direct_io \
	tests/hugetlb/fallocate \
	tests/hugetlb/foreign_write \
	tests/hugetlb/fork_chain \
	tests/hugetlb/last_page \
	tests/hugetlb/library \
	tests/hugetlb/madvise \
	tests/hugetlb/migrate \
	tests/hugetlb/mincore \
	tests/hugetlb/mlock \
	tests/hugetlb/mount_options \
	tests/hugetlb/mount_size \
	tests/hugetlb/mprotect \
	tests/hugetlb/mremap \
	tests/hugetlb/mremap_refused \
	tests/hugetlb/named_file \
	tests/hugetlb/neighbours \
	tests/hugetlb/node_bind \
	tests/hugetlb/noreserve \
	tests/hugetlb/overcommit \
	tests/hugetlb/page_sizes \
	tests/hugetlb/private_cow \
	tests/hugetlb/private_file \
	tests/hugetlb/private_reservation \
	tests/hugetlb/punch_hole \
	tests/hugetlb/read_file \
	tests/hugetlb/shared_fork \
	tests/hugetlb/smaps \
	tests/hugetlb/sysv \
	tests/hugetlb/sysv_refused \
	tests/hugetlb/truncate \
	tests/hugetlb/unrelated \
	tests/hugetlb/vmemmap \
	tests/pmdshare/leaves_table \
	tests/pmdshare/migrate \
	tests/pmdshare/one_table \
	tests/pmdshare/own_table \
	tests/pmdshare/storm
