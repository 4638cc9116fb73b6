# Tests of hugeproof itself, each printing TAP, and the functional suite on this machine.
check_PROGRAMS += selftest/disturb/disturb selftest/lib/bench_load selftest/lib/bench_race selftest/lib/loads selftest/lib/misdeeds selftest/lib/misraces selftest/lib/pool_misdeeds

# Stands alone: it disturbs what the library watches.
selftest_disturb_disturb_SOURCES = selftest/disturb/disturb.c selftest/disturb/disturb.h \
	selftest/disturb/kernel.c selftest/disturb/ledger.c selftest/disturb/text.c \
	selftest/disturb/users.c
selftest_disturb_disturb_LDADD = -lm

# Kernels that do wrong, one library a topic: selftest/bites/wrong_TOPIC.c.
wrongs = kernel ipc thp tmpfs
check_DATA = $(wrongs:%=selftest/bites/wrong_%.so)
CLEANFILES += $(check_DATA)
EXTRA_DIST += $(wrongs:%=selftest/bites/wrong_%.c)
selftest/bites/wrong_%.so: selftest/bites/wrong_%.c
	$(AM_V_CC)mkdir -p selftest/bites && $(CC) $(HP_CFLAGS) $(CFLAGS) -fPIC -shared \
	  -o $@ $< -ldl

# One after another, also under make -j: the machine has one pool.
selftests = \
	selftest/lib/test_frame.py \
	selftest/lib/test_race.py \
	selftest/lib/test_load.py \
	selftest/runner/test_units.py \
	selftest/runner/test_kernel_log.py \
	selftest/runner/test_judge.py \
	selftest/runner/test_kernels.py \
	selftest/runner/test_known.py \
	selftest/runner/test_reports.py \
	selftest/runner/test_settings.py \
	selftest/runner/test_refusals.py \
	selftest/runner/test_verdicts.py \
	selftest/runner/test_stress.py \
	selftest/runner/test_perf.py \
	selftest/runner/test_cut.py \
	selftest/lab/test_parts.py \
	selftest/bites/test_bites.py \
	selftest/disturb/test_disturb.py
TESTS += $(selftests) selftest/func.test
EXTRA_DIST += $(selftests) selftest/func.test selftest/bench_runner.py selftest/bench_lab.py \
	selftest/bench_load.py selftest/bench_race.py \
	selftest/disturb/check_disturbed.py \
	selftest/report/test_compare.py selftest/report/test_pages.py \
	selftest/runner/support.py selftest/runner/wrap.py selftest/runner/kernel_words.py \
	selftest/lab/test_guest.py # run by make check-lab

selftest/lib/test_race.log: selftest/lib/test_frame.log
selftest/lib/test_load.log: selftest/lib/test_race.log
selftest/runner/test_units.log: selftest/lib/test_load.log
selftest/runner/test_kernel_log.log: selftest/runner/test_units.log
selftest/runner/test_judge.log: selftest/runner/test_kernel_log.log
selftest/runner/test_kernels.log: selftest/runner/test_judge.log
selftest/runner/test_known.log: selftest/runner/test_kernels.log
selftest/runner/test_reports.log: selftest/runner/test_known.log
selftest/runner/test_settings.log: selftest/runner/test_reports.log
selftest/runner/test_refusals.log: selftest/runner/test_settings.log
selftest/runner/test_verdicts.log: selftest/runner/test_refusals.log
selftest/runner/test_stress.log: selftest/runner/test_verdicts.log
selftest/runner/test_perf.log: selftest/runner/test_stress.log
selftest/runner/test_cut.log: selftest/runner/test_perf.log
selftest/lab/test_parts.log: selftest/runner/test_cut.log
selftest/bites/test_bites.log: selftest/lab/test_parts.log
selftest/disturb/test_disturb.log: selftest/bites/test_bites.log
selftest/func.log: selftest/disturb/test_disturb.log

TEST_EXTENSIONS = .py .test
PY_LOG_COMPILER = $(PYTHON3) -B
PY_LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
TEST_LOG_COMPILER = $(SHELL)
TEST_LOG_DRIVER = $(PY_LOG_DRIVER)
AM_TESTS_ENVIRONMENT = abs_top_builddir='$(abs_top_builddir)'; export abs_top_builddir; \
	srcdir='$(srcdir)'; export srcdir;
