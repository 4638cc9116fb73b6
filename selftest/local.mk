# Tests of hugeproof itself, each printing TAP, and the functional suite on this machine.
check_PROGRAMS += selftest/disturb/disturb selftest/lib/bench_load selftest/lib/bench_race selftest/lib/loads selftest/lib/misdeclared selftest/lib/bad_cases selftest/lib/misraces selftest/lib/overruns selftest/lib/bad_pool_cases

# Stands alone: it disturbs what the library watches.
selftest_disturb_disturb_SOURCES = selftest/disturb/disturb.c selftest/disturb/disturb.h \
	selftest/disturb/kernel.c selftest/disturb/changes.c selftest/disturb/text.c \
	selftest/disturb/users.c
selftest_disturb_disturb_LDADD = -lm

# Fault-injection shims, one library a topic: selftest/bites/wrong_TOPIC.c.
shims = kernel ipc thp tmpfs
check_DATA = $(shims:%=selftest/bites/wrong_%.so)
CLEANFILES += $(check_DATA)
EXTRA_DIST += $(shims:%=selftest/bites/wrong_%.c) selftest/bites/noticed.txt selftest/bites/unseen.txt
selftest/bites/wrong_%.so: selftest/bites/wrong_%.c
	$(AM_V_CC)mkdir -p selftest/bites && $(CC) $(HP_CFLAGS) $(CFLAGS) -fPIC -shared \
	  -o $@ $< -ldl

# One after another, also under make -j: the machine has one pool.
selftests = \
	selftest/structure/test_floors.py \
	selftest/structure/test_reference.py \
	selftest/structure/test_declared.py \
	selftest/lib/test_frame.py \
	selftest/lib/test_page_frames.py \
	selftest/lib/test_race.py \
	selftest/lib/test_load.py \
	selftest/lib/test_sanitizers.py \
	selftest/lib/test_skeletons.py \
	selftest/runner/test_units.py \
	selftest/runner/test_complaints.py \
	selftest/runner/test_kernel_log.py \
	selftest/runner/test_judge.py \
	selftest/runner/test_protocol.py \
	selftest/runner/test_starvation.py \
	selftest/runner/test_kernels.py \
	selftest/runner/test_known.py \
	selftest/runner/test_oom.py \
	selftest/runner/test_explain.py \
	selftest/runner/test_own_list.py \
	selftest/runner/test_request.py \
	selftest/runner/test_help.py \
	selftest/runner/test_invoked.py \
	selftest/packages/test_setup.py \
	selftest/packages/test_pages.py \
	selftest/packages/test_packages.py \
	selftest/packages/test_installed.py \
	selftest/runner/test_tags.py \
	selftest/runner/test_narrow.py \
	selftest/runner/test_skip_file.py \
	selftest/runner/test_preview.py \
	selftest/runner/test_budget.py \
	selftest/runner/test_ci_files.py \
	selftest/runner/test_reports.py \
	selftest/runner/test_overlap.py \
	selftest/runner/test_pager.py \
	selftest/runner/test_formats.py \
	selftest/runner/test_schemas.py \
	selftest/runner/test_reproduce.py \
	selftest/runner/test_minimise.py \
	selftest/runner/test_series.py \
	selftest/runner/test_merge.py \
	selftest/runner/test_records.py \
	selftest/runner/test_inherited.py \
	selftest/fuzz/test_readers.py \
	selftest/fuzz/test_writers.py \
	selftest/runner/test_settings.py \
	selftest/runner/test_journal.py \
	selftest/runner/test_refusals.py \
	selftest/runner/test_verdicts.py \
	selftest/runner/test_ownership.py \
	selftest/runner/test_output.py \
	selftest/runner/test_nasty.py \
	selftest/runner/test_pools.py \
	selftest/runner/test_stress.py \
	selftest/runner/test_perf.py \
	selftest/runner/test_curves.py \
	selftest/runner/test_profiles.py \
	selftest/runner/test_cut.py \
	selftest/runner/test_endings.py \
	selftest/lab/test_parts.py \
	selftest/lab/test_archive.py \
	selftest/lab/test_wanted.py \
	selftest/lab/test_arch.py \
	selftest/lab/test_mutants.py \
	selftest/lab/test_generated.py \
	selftest/lab/test_coverage.py \
	selftest/lab/test_workers.py \
	selftest/lab/test_matrix.py \
	selftest/lab/test_bisect.py \
	selftest/lab/test_untrusted.py \
	selftest/remote/test_remote.py \
	selftest/bites/test_bites.py \
	selftest/disturb/test_disturb.py
TESTS += $(selftests) selftest/func.test
EXTRA_DIST += $(selftests) selftest/alone selftest/func.test selftest/bench_runner.py selftest/bench_lab.py \
	selftest/bench_load.py selftest/bench_race.py \
	selftest/disturb/check_disturbed.py \
	selftest/fuzz/fuzz.py selftest/fuzz/samples.py \
	selftest/report/test_compare.py selftest/report/test_pages.py \
	selftest/packages/stage.py \
	selftest/runner/support.py selftest/runner/every_verdict.py selftest/runner/format_readers.py selftest/runner/valid.py selftest/runner/promised.json selftest/runner/found.py selftest/runner/wrap.py selftest/runner/kernel_words.py selftest/runner/reasons.py selftest/lab/fake_kernels.py selftest/remote/ssh \
	selftest/lab/test_guest.py selftest/lab/test_arm64.py selftest/lab/test_hostile.py \
	selftest/remote/test_remote_guest.py # run by make check-lab and check-remote

selftest/structure/test_declared.log: $(filter selftest/structure/test_floors.log,$(TEST_LOGS))
selftest/lib/test_frame.log: $(filter selftest/structure/test_declared.log,$(TEST_LOGS))
selftest/lib/test_page_frames.log: $(filter selftest/lib/test_frame.log,$(TEST_LOGS))
selftest/lib/test_race.log: $(filter selftest/lib/test_page_frames.log,$(TEST_LOGS))
selftest/lib/test_load.log: $(filter selftest/lib/test_race.log,$(TEST_LOGS))
selftest/lib/test_sanitizers.log: $(filter selftest/lib/test_load.log,$(TEST_LOGS))
selftest/lib/test_skeletons.log: $(filter selftest/lib/test_sanitizers.log,$(TEST_LOGS))
selftest/runner/test_units.log: $(filter selftest/lib/test_skeletons.log,$(TEST_LOGS))
selftest/runner/test_complaints.log: $(filter selftest/runner/test_units.log,$(TEST_LOGS))
selftest/runner/test_kernel_log.log: $(filter selftest/runner/test_complaints.log,$(TEST_LOGS))
selftest/runner/test_judge.log: $(filter selftest/runner/test_kernel_log.log,$(TEST_LOGS))
selftest/runner/test_protocol.log: $(filter selftest/runner/test_judge.log,$(TEST_LOGS))
selftest/runner/test_starvation.log: $(filter selftest/runner/test_protocol.log,$(TEST_LOGS))
selftest/runner/test_kernels.log: $(filter selftest/runner/test_starvation.log,$(TEST_LOGS))
selftest/runner/test_known.log: $(filter selftest/runner/test_kernels.log,$(TEST_LOGS))
selftest/runner/test_oom.log: $(filter selftest/runner/test_known.log,$(TEST_LOGS))
selftest/runner/test_explain.log: $(filter selftest/runner/test_oom.log,$(TEST_LOGS))
selftest/runner/test_own_list.log: $(filter selftest/runner/test_explain.log,$(TEST_LOGS))
selftest/runner/test_request.log: $(filter selftest/runner/test_own_list.log,$(TEST_LOGS))
selftest/runner/test_reports.log: $(filter selftest/runner/test_request.log,$(TEST_LOGS))
selftest/runner/test_formats.log: $(filter selftest/runner/test_reports.log,$(TEST_LOGS))
selftest/runner/test_schemas.log: $(filter selftest/runner/test_formats.log,$(TEST_LOGS))
selftest/runner/test_series.log: $(filter selftest/runner/test_schemas.log,$(TEST_LOGS))
selftest/runner/test_records.log: $(filter selftest/runner/test_series.log,$(TEST_LOGS))
selftest/runner/test_inherited.log: $(filter selftest/runner/test_records.log,$(TEST_LOGS))
selftest/fuzz/test_readers.log: $(filter selftest/runner/test_inherited.log,$(TEST_LOGS))
selftest/fuzz/test_writers.log: $(filter selftest/fuzz/test_readers.log,$(TEST_LOGS))
selftest/runner/test_settings.log: $(filter selftest/fuzz/test_writers.log,$(TEST_LOGS))
selftest/runner/test_journal.log: $(filter selftest/runner/test_settings.log,$(TEST_LOGS))
selftest/runner/test_refusals.log: $(filter selftest/runner/test_journal.log,$(TEST_LOGS))
selftest/runner/test_verdicts.log: $(filter selftest/runner/test_refusals.log,$(TEST_LOGS))
selftest/runner/test_ownership.log: $(filter selftest/runner/test_verdicts.log,$(TEST_LOGS))
selftest/runner/test_output.log: $(filter selftest/runner/test_ownership.log,$(TEST_LOGS))
selftest/runner/test_nasty.log: $(filter selftest/runner/test_output.log,$(TEST_LOGS))
selftest/runner/test_pools.log: $(filter selftest/runner/test_nasty.log,$(TEST_LOGS))
selftest/runner/test_stress.log: $(filter selftest/runner/test_pools.log,$(TEST_LOGS))
selftest/runner/test_reproduce.log: $(filter selftest/runner/test_stress.log,$(TEST_LOGS))
selftest/runner/test_minimise.log: $(filter selftest/runner/test_reproduce.log,$(TEST_LOGS))
selftest/runner/test_perf.log: $(filter selftest/runner/test_minimise.log,$(TEST_LOGS))
selftest/runner/test_curves.log: $(filter selftest/runner/test_perf.log,$(TEST_LOGS))
selftest/runner/test_profiles.log: $(filter selftest/runner/test_curves.log,$(TEST_LOGS))
selftest/runner/test_cut.log: $(filter selftest/runner/test_profiles.log,$(TEST_LOGS))
selftest/runner/test_endings.log: $(filter selftest/runner/test_cut.log,$(TEST_LOGS))
selftest/lab/test_parts.log: $(filter selftest/runner/test_endings.log,$(TEST_LOGS))
selftest/lab/test_mutants.log: $(filter selftest/lab/test_parts.log,$(TEST_LOGS))
selftest/lab/test_generated.log: $(filter selftest/lab/test_mutants.log,$(TEST_LOGS))
selftest/lab/test_coverage.log: $(filter selftest/lab/test_generated.log,$(TEST_LOGS))
selftest/lab/test_matrix.log: $(filter selftest/lab/test_coverage.log,$(TEST_LOGS))
selftest/lab/test_bisect.log: $(filter selftest/lab/test_matrix.log,$(TEST_LOGS))
selftest/lab/test_untrusted.log: $(filter selftest/lab/test_bisect.log,$(TEST_LOGS))
selftest/remote/test_remote.log: $(filter selftest/lab/test_untrusted.log,$(TEST_LOGS))
selftest/bites/test_bites.log: $(filter selftest/remote/test_remote.log,$(TEST_LOGS))
selftest/disturb/test_disturb.log: $(filter selftest/bites/test_bites.log,$(TEST_LOGS))
selftest/func.log: $(filter selftest/disturb/test_disturb.log,$(TEST_LOGS))

TEST_EXTENSIONS = .py .test
PY_LOG_COMPILER = $(SHELL) $(top_srcdir)/selftest/alone $(PYTHON3) -B
PY_LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
TEST_LOG_COMPILER = $(SHELL)
TEST_LOG_DRIVER = $(PY_LOG_DRIVER)
AM_TESTS_ENVIRONMENT = abs_top_builddir='$(abs_top_builddir)'; export abs_top_builddir; \
	srcdir='$(srcdir)'; export srcdir; FUNC_ARGS='$(ARGS)'; export FUNC_ARGS;
