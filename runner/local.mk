# The runner is installed beside the programs: pkgdatadir/{run_tests.py,runner/}.
EXTRA_DIST += scripts/hugeproof.in scripts/setup scripts/lint scripts/new-test scripts/cppcheck.cfg \
	scripts/score-complaints
dist_pkgdata_SCRIPTS = run_tests.py
nobase_dist_pkgdata_SCRIPTS = scripts/guest-init
dist_pkgdata_DATA = known-issues.json
nobase_dist_pkgdata_DATA = \
	scripts/lab.config \
	scripts/coverage.config \
	doc/kernel-coverage-apart.json \
	doc/schema/coverage-apart.schema.json \
	doc/schema/coverage.schema.json \
	doc/schema/describe.schema.json \
	doc/schema/described.schema.json \
	doc/schema/metric.schema.json \
	doc/schema/mutants-equivalent.schema.json \
	doc/schema/result.schema.json \
	doc/schema/run.schema.json \
	runner/__init__.py \
	runner/about.py \
	runner/cli.py \
	runner/commandline.py \
	runner/commands/__init__.py \
	runner/commands/common.py \
	runner/commands/diff.py \
	runner/commands/func.py \
	runner/commands/history.py \
	runner/commands/list.py \
	runner/commands/perf.py \
	runner/commands/probe.py \
	runner/commands/report.py \
	runner/commands/restore.py \
	runner/commands/runs.py \
	runner/commands/stress.py \
	runner/compare/__init__.py \
	runner/compare/cli.py \
	runner/compare/kernels.py \
	runner/compare/numbers.py \
	runner/compare/page.py \
	runner/compare/plots.py \
	runner/compare/sides.py \
	runner/compare/table.py \
	runner/compare/verdict.py \
	runner/complaints.py \
	runner/coverage/__init__.py \
	runner/coverage/apart.py \
	runner/coverage/cli.py \
	runner/coverage/counts.py \
	runner/coverage/data.py \
	runner/coverage/gcov.py \
	runner/coverage/inside.py \
	runner/coverage/outside.py \
	runner/coverage/page.py \
	runner/coverage/table.py \
	runner/diagnostics.py \
	runner/endings.py \
	runner/environment.py \
	runner/errors.py \
	runner/evidence.py \
	runner/execute.py \
	runner/explain.py \
	runner/figures.py \
	runner/findings.py \
	runner/foreign.py \
	runner/inherited.py \
	runner/job.py \
	runner/judge.py \
	runner/kernels.py \
	runner/known.py \
	runner/known_list.py \
	runner/damage.py \
	runner/lab/__init__.py \
	runner/lab/accel.py \
	runner/lab/boot.py \
	runner/lab/box.py \
	runner/lab/cache.py \
	runner/lab/cgroup.py \
	runner/lab/choice.py \
	runner/lab/cli.py \
	runner/lab/console.py \
	runner/lab/coverage_kernel.py \
	runner/lab/deb.py \
	runner/lab/follow.py \
	runner/lab/guest.py \
	runner/lab/host.py \
	runner/lab/image.py \
	runner/lab/initramfs.py \
	runner/lab/jail.py \
	runner/lab/kept.py \
	runner/lab/kernel.py \
	runner/lab/launch.py \
	runner/lab/modules.py \
	runner/lab/options.py \
	runner/lab/order.py \
	runner/lab/outside.py \
	runner/lab/overlay.py \
	runner/lab/passed_on.py \
	runner/lab/patch.py \
	runner/lab/prepare.py \
	runner/lab/setup.py \
	runner/lab/share.py \
	runner/lab/shell.py \
	runner/lab/source.py \
	runner/lab/start.py \
	runner/lab/syscalls.py \
	runner/lab/terminal.py \
	runner/lab/user.py \
	runner/lab/valid.py \
	runner/leaks.py \
	runner/listener.py \
	runner/mutants/__init__.py \
	runner/mutants/cli.py \
	runner/mutants/equivalent.py \
	runner/mutants/generated.py \
	runner/mutants/grounds.py \
	runner/mutants/lanes.py \
	runner/mutants/learned.py \
	runner/mutants/ledger.py \
	runner/mutants/mutant.py \
	runner/mutants/noticed.py \
	runner/mutants/operators.py \
	runner/mutants/rates.py \
	runner/mutants/session.py \
	runner/mutants/sites.py \
	runner/mutants/trial.py \
	runner/mutants/unit.py \
	runner/neighbourhood.py \
	runner/observe/__init__.py \
	runner/observe/counters.py \
	runner/observe/features.py \
	runner/observe/kmsg.py \
	runner/observe/machine.py \
	runner/observe/neighbours.py \
	runner/observe/processes.py \
	runner/output.py \
	runner/ownership.py \
	runner/oom.py \
	runner/parts.py \
	runner/plan.py \
	runner/programs.py \
	runner/protocol.py \
	runner/reading.py \
	runner/record.py \
	runner/report/__init__.py \
	runner/report/junit.py \
	runner/report/libhugetlbfs.py \
	runner/report/matrix.py \
	runner/report/page.py \
	runner/report/pages/common.html \
	runner/report/pages/compare.html \
	runner/report/pages/matrix.html \
	runner/report/pages/report.html \
	runner/report/run_page.py \
	runner/report/summary.py \
	runner/report/table.py \
	runner/report/tally.py \
	runner/report/tap.py \
	runner/request.py \
	runner/result_line.py \
	runner/run.py \
	runner/schema.py \
	runner/series/__init__.py \
	runner/series/difference.py \
	runner/series/flakes.py \
	runner/series/grid.py \
	runner/series/judged.py \
	runner/series/matrix_page.py \
	runner/series/matrix_text.py \
	runner/session.py \
	runner/settings/__init__.py \
	runner/settings/group.py \
	runner/settings/journal.py \
	runner/settings/journal_file.py \
	runner/settings/lock.py \
	runner/settings/namespaces.py \
	runner/settings/paths.py \
	runner/settings/pool.py \
	runner/settings/recovery.py \
	runner/sizes.py \
	runner/sources.py \
	runner/streams.py \
	runner/tap_stream.py \
	runner/text.py \
	runner/verdicts.py \
	runner/words.py

bin_SCRIPTS += scripts/hugeproof
CLEANFILES += scripts/hugeproof
scripts/hugeproof: scripts/hugeproof.in Makefile
	$(AM_V_GEN)mkdir -p scripts && $(SED) -e 's|[@]PYTHON3[@]|$(PYTHON3)|' \
	  -e 's|[@]pkgdatadir[@]|$(pkgdatadir)|' -e 's|[@]pkglibexecdir[@]|$(pkglibexecdir)|' \
	  $(srcdir)/scripts/hugeproof.in > $@.tmp && chmod +x $@.tmp && mv $@.tmp $@

# The installed runner finds its programs and its list.
installcheck-local:
	"$(DESTDIR)$(bindir)/hugeproof" --version
	"$(DESTDIR)$(bindir)/hugeproof" list --json | grep private_cow >/dev/null
