dist_doc_DATA = README.md doc/formats.md doc/design.md doc/known-issues.md doc/writing-tests.md doc/seen-failing.md \
	doc/lab.md doc/compare.md doc/coverage.md doc/races.md doc/trust.md
EXTRA_DIST += doc/patches doc/schema
dist_man1_MANS = man/run_tests.1
