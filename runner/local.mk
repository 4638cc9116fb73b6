# The runner is installed beside the programs: pkgdatadir/{run_tests.py,runner/}.
EXTRA_DIST += scripts/hugeproof.in scripts/lint scripts/new-test scripts/cppcheck.cfg \
	scripts/score-complaints
dist_pkgdata_SCRIPTS = run_tests.py
nobase_dist_pkgdata_SCRIPTS = scripts/setup
dist_pkgdata_DATA = known-issues.json
# scripts/guest-init is run in guests only, by their own busybox.
nobase_dist_pkgdata_DATA = \
	scripts/guest-init \
	scripts/lab.config \
	scripts/coverage.config \
	doc/kernel-coverage-apart.json \
	doc/schema/compare.schema.json \
	doc/schema/coverage-apart.schema.json \
	doc/schema/coverage-diff.schema.json \
	doc/schema/coverage-who.schema.json \
	doc/schema/coverage.schema.json \
	doc/schema/describe.schema.json \
	doc/schema/described.schema.json \
	doc/schema/diff.schema.json \
	doc/schema/history.schema.json \
	doc/schema/journal.schema.json \
	doc/schema/kcidb.schema.json \
	doc/schema/kernels.schema.json \
	doc/schema/known-issues.schema.json \
	doc/schema/lab-bisect.schema.json \
	doc/schema/lab-build.schema.json \
	doc/schema/lab-kernels.schema.json \
	doc/schema/lab-try.schema.json \
	doc/schema/learned.schema.json \
	doc/schema/list.schema.json \
	doc/schema/matrix.schema.json \
	doc/schema/merge.schema.json \
	doc/schema/metric.schema.json \
	doc/schema/minimise.schema.json \
	doc/schema/mutants-check.schema.json \
	doc/schema/mutants-equivalent.schema.json \
	doc/schema/mutants-line.schema.json \
	doc/schema/mutants-list.schema.json \
	doc/schema/mutants-rates.schema.json \
	doc/schema/mutants-summary.schema.json \
	doc/schema/mutants.schema.json \
	doc/schema/noticed.schema.json \
	doc/schema/overlap.schema.json \
	doc/schema/plan.schema.json \
	doc/schema/probe.schema.json \
	doc/schema/report.schema.json \
	doc/schema/reproduce.schema.json \
	doc/schema/restore.schema.json \
	doc/schema/result.schema.json \
	doc/schema/run.schema.json \
	doc/schema/skip-file.schema.json \
	runner/__init__.py \
	runner/about.py \
	runner/calls.py \
	runner/cli.py \
	runner/commandline.py \
	runner/commands/__init__.py \
	runner/commands/common.py \
	runner/commands/diff.py \
	runner/commands/func.py \
	runner/commands/history.py \
	runner/commands/jobs.py \
	runner/commands/list.py \
	runner/commands/merge.py \
	runner/commands/overlap.py \
	runner/commands/perf.py \
	runner/commands/preview.py \
	runner/commands/probe.py \
	runner/commands/report.py \
	runner/commands/restore.py \
	runner/commands/setup.py \
	runner/commands/runs.py \
	runner/commands/stress.py \
	runner/compare/__init__.py \
	runner/compare/cli.py \
	runner/compare/explained.py \
	runner/compare/growth.py \
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
	runner/curves.py \
	runner/description.py \
	runner/diagnostics.py \
	runner/endings.py \
	runner/entries.py \
	runner/environment.py \
	runner/errors.py \
	runner/evidence.py \
	runner/examples.py \
	runner/execute.py \
	runner/explain.py \
	runner/figures.py \
	runner/findings.py \
	runner/foreign.py \
	runner/inherited.py \
	runner/invoked.py \
	runner/ioprio.py \
	runner/job.py \
	runner/judge.py \
	runner/kernels.py \
	runner/knees.py \
	runner/known.py \
	runner/known_list.py \
	runner/damage.py \
	runner/lab/__init__.py \
	runner/lab/accel.py \
	runner/lab/arch.py \
	runner/lab/archive.py \
	runner/lab/bisect.py \
	runner/lab/boot.py \
	runner/lab/box.py \
	runner/lab/cache.py \
	runner/lab/cgroup.py \
	runner/lab/choice.py \
	runner/lab/cli.py \
	runner/lab/coverage_kernel.py \
	runner/lab/workers.py \
	runner/lab/command.py \
	runner/lab/deb.py \
	runner/lab/foreign.py \
	runner/lab/guest.py \
	runner/lab/host.py \
	runner/lab/image.py \
	runner/lab/initramfs.py \
	runner/lab/jail.py \
	runner/lab/kconfig.py \
	runner/lab/kernel.py \
	runner/lab/launch.py \
	runner/lab/matrix.py \
	runner/lab/modules.py \
	runner/lab/offered.py \
	runner/lab/options.py \
	runner/lab/order.py \
	runner/lab/origin.py \
	runner/lab/overlay.py \
	runner/lab/patch.py \
	runner/lab/prepare.py \
	runner/lab/setup.py \
	runner/lab/share.py \
	runner/lab/shell.py \
	runner/lab/source.py \
	runner/lab/start.py \
	runner/lab/syscalls.py \
	runner/lab/terminal.py \
	runner/lab/tried.py \
	runner/lab/user.py \
	runner/lab/wanted.py \
	runner/leaks.py \
	runner/listener.py \
	runner/merge.py \
	runner/minimise/__init__.py \
	runner/minimise/agent.py \
	runner/minimise/bench.py \
	runner/minimise/cli.py \
	runner/minimise/ddmin.py \
	runner/minimise/litmus.py \
	runner/minimise/race.c.in \
	runner/minimise/race.py \
	runner/minimise/result.py \
	runner/minimise/search.py \
	runner/minimise/sequential.py \
	runner/minimise/shrink.py \
	runner/minimise/story.py \
	runner/minimise/wanted.py \
	runner/mutants/__init__.py \
	runner/mutants/check.py \
	runner/mutants/cli.py \
	runner/mutants/equivalent.py \
	runner/mutants/generated.py \
	runner/mutants/grounds.py \
	runner/mutants/learned.py \
	runner/mutants/lookups.py \
	runner/mutants/trial_log.py \
	runner/mutants/mutant.py \
	runner/mutants/noticed.py \
	runner/mutants/operators.py \
	runner/mutants/rates.py \
	runner/mutants/session.py \
	runner/mutants/sites.py \
	runner/mutants/trial.py \
	runner/mutants/unit.py \
	runner/narrow.py \
	runner/neighbourhood.py \
	runner/observe/__init__.py \
	runner/observe/counters.py \
	runner/observe/features.py \
	runner/observe/kmsg.py \
	runner/observe/machine.py \
	runner/observe/neighbours.py \
	runner/observe/processes.py \
	runner/observe/starvation.py \
	runner/output.py \
	runner/ownership.py \
	runner/pager.py \
	runner/oom.py \
	runner/parts.py \
	runner/past.py \
	runner/past_overlap.py \
	runner/patterns.py \
	runner/plan.py \
	runner/profiles.py \
	runner/programs.py \
	runner/protocol.py \
	runner/reading.py \
	runner/record.py \
	runner/remote/__init__.py \
	runner/remote/asked.py \
	runner/remote/cargo.py \
	runner/remote/cli.py \
	runner/remote/command.py \
	runner/remote/console.py \
	runner/remote/far/__init__.py \
	runner/remote/far/agent.py \
	runner/remote/far/frames.py \
	runner/remote/far/record.py \
	runner/remote/link.py \
	runner/remote/machine.py \
	runner/remote/mirror.py \
	runner/remote/ssh.py \
	runner/remote/start.py \
	runner/report/__init__.py \
	runner/report/brief.py \
	runner/report/chart.py \
	runner/report/exports.py \
	runner/report/facts.py \
	runner/report/flame.py \
	runner/report/junit.py \
	runner/report/kcidb.py \
	runner/report/ktap.py \
	runner/report/lava.py \
	runner/report/libhugetlbfs.py \
	runner/report/loops.py \
	runner/report/matrix.py \
	runner/report/names.py \
	runner/report/overlap.py \
	runner/report/page.py \
	runner/report/pages/common.html \
	runner/report/pages/compare.html \
	runner/report/pages/matrix.html \
	runner/report/pages/report.html \
	runner/report/run_page.py \
	runner/report/squad.py \
	runner/report/summary.py \
	runner/report/table.py \
	runner/report/tally.py \
	runner/report/tap.py \
	runner/report/tmt.py \
	runner/report/where.py \
	runner/reproduce/__init__.py \
	runner/reproduce/cli.py \
	runner/reproduce/letter.py \
	runner/reproduce/program.py \
	runner/reproduce/reproducer.c.in \
	runner/reproduce/transcript.py \
	runner/reproduce/trial.py \
	runner/request.py \
	runner/result_line.py \
	runner/run.py \
	runner/salvage.py \
	runner/scale.py \
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
	runner/settings/memory_block.py \
	runner/settings/namespaces.py \
	runner/settings/paths.py \
	runner/settings/pool.py \
	runner/settings/recovery.py \
	runner/sizes.py \
	runner/skip_list.py \
	runner/sources.py \
	runner/spared.py \
	runner/streams.py \
	runner/tags.py \
	runner/tap_stream.py \
	runner/text.py \
	runner/assignments.py \
	runner/attributes.py \
	runner/budget.py \
	runner/verdicts.py \
	runner/watch/__init__.py \
	runner/watch/box.py \
	runner/watch/console.py \
	runner/watch/follow.py \
	runner/watch/handed.py \
	runner/watch/kept.py \
	runner/watch/machine.py \
	runner/watch/outside.py \
	runner/watch/passed_on.py \
	runner/watch/pipeline.py \
	runner/watch/report.py \
	runner/watch/run.py \
	runner/watch/shared.py \
	runner/watch/silence.py \
	runner/watch/valid.py \
	runner/words.py

bin_SCRIPTS += scripts/hugeproof
CLEANFILES += scripts/hugeproof
scripts/hugeproof: scripts/hugeproof.in Makefile
	$(AM_V_GEN)mkdir -p scripts && $(SED) -e 's|[@]PYTHON3[@]|$(PYTHON3)|' \
	  -e 's|[@]pkgdatadir[@]|$(pkgdatadir)|' -e 's|[@]pkglibexecdir[@]|$(pkglibexecdir)|' \
	  -e 's|[@]localstatedir[@]|$(localstatedir)|' -e 's|[@]bindir[@]|$(bindir)|' \
	  $(srcdir)/scripts/hugeproof.in > $@.tmp && chmod +x $@.tmp && mv $@.tmp $@

# What commands read by its name: lists of their files would have to be kept in step.
read_by_name = mutants slowdowns doc/patches
install-read-by-name:
	@for folder in $$(cd $(srcdir) && find $(read_by_name) -type d | LC_ALL=C sort); do \
	  $(MKDIR_P) "$(DESTDIR)$(pkgdatadir)/$$folder" || exit 1; \
	  set -- $(srcdir)/$$folder/*.*; \
	  test ! -e "$$1" || $(INSTALL_DATA) "$$@" "$(DESTDIR)$(pkgdatadir)/$$folder" || exit 1; \
	done
install_hooks += install-read-by-name

# With what Python compiled.
uninstall-read-by-name:
	@cd "$(DESTDIR)$(pkgdatadir)" 2>/dev/null && rm -rf $(read_by_name) runner || true
uninstall_hooks += uninstall-read-by-name

# The installed runner finds its programs and its list.
installcheck-local:
	"$(DESTDIR)$(bindir)/hugeproof" --version
	"$(DESTDIR)$(bindir)/hugeproof" list --json | grep private_cow >/dev/null
