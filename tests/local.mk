# One line a program, sorted; its source is the file of the same name. A program
# that needs more than the library's floor says so below the list.
nobase_pkglibexec_PROGRAMS += \
	tests/hugetlb/accounting \
	tests/hugetlb/cow_pool_empty \
	tests/hugetlb/cow_whole_page \
	tests/hugetlb/mprotect \
	tests/hugetlb/noreserve \
	tests/hugetlb/overcommit \
	tests/hugetlb/page_sizes \
	tests/hugetlb/private_cow \
	tests/hugetlb/private_file \
	tests/hugetlb/private_reservation \
	tests/hugetlb/shared_fork \
	tests/hugetlb/smaps \
	tests/hugetlb/truncate
