# Loads and races, one line a program, sorted; its source is the file of the same name.
nobase_pkglibexec_PROGRAMS += \
	workloads/load/hmm_migrate \
	workloads/load/tmpfs_recovery \
	workloads/race/collapse_vs_everything \
	workloads/race/hmm_migration \
	workloads/race/hugetlb_cow_vs_fork \
	workloads/race/hugetlb_fault_vs_truncate \
	workloads/race/pmdshare_vs_unshare \
	workloads/race/poison_vs_fault \
	workloads/race/race_pairs \
	workloads/race/thp_split_vs_mbind \
	workloads/race/tmpfs_recovery
