# Loads and races, one line a program, sorted; its source is the file of the same name.
nobase_pkglibexec_PROGRAMS += \
	workloads/load/direct_io \
	workloads/load/fault \
	workloads/load/fork \
	workloads/load/hmm_migrate \
	workloads/load/hugetlb_chase \
	workloads/load/hugetlb_cow \
	workloads/load/hugetlb_fault \
	workloads/load/hugetlb_map \
	workloads/load/hugetlb_pool \
	workloads/load/hugetlb_truncate \
	workloads/load/memory_failure \
	workloads/load/migrate \
	workloads/load/pmdshare_fault \
	workloads/load/pointer_chase \
	workloads/load/ring_buffers \
	workloads/load/thp_collapse \
	workloads/load/thp_split \
	workloads/load/tmpfs_recovery \
	workloads/race/collapse_vs_everything \
	workloads/race/hmm_migration \
	workloads/race/hugetlb_cow_vs_fork \
	workloads/race/hugetlb_fault_vs_truncate \
	workloads/race/pins_vs_everything \
	workloads/race/pmdshare_vs_unshare \
	workloads/race/poison_vs_fault \
	workloads/race/race_pairs \
	workloads/race/thp_split_vs_mbind \
	workloads/race/tmpfs_recovery \
	workloads/race/uffd_vs_everything
