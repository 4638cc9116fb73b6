dist_doc_DATA = README.md doc/formats.md doc/design.md doc/known-issues.md doc/writing-tests.md \
	doc/ci.md doc/lab.md doc/kernels.md doc/compare.md doc/controls.md doc/coverage.md doc/kernel-coverage.md doc/races.md doc/remote.md doc/trust.md doc/complaints.md doc/glossary.md CONTRIBUTING.md NEWS.md SECURITY.md
EXTRA_DIST += doc/patches doc/schema
dist_man1_MANS = man/run_tests.1

# What make doc makes of the comments in lib/ and of the mutants' headers. It is installed, and
# in the distribution, if it was made.
EXTRA_DIST += scripts/api-doc scripts/api_pages.py scripts/seen-failing
MADE_DOCS = doc/api.md doc/seen-failing.md
# The functions that programs use most.
MADE_MANS = hp_check hp_check_eq hp_check_errno hp_check_filled hp_check_hugetlb hp_check_ok \
	hp_fill hp_fork hp_hugetlb hp_map_hugetlb hp_meet hp_wait_ok
CLEANFILES += $(MADE_DOCS) $(MADE_MANS:%=man/%.3)

.PHONY: doc
doc:
	@$(MKDIR_P) doc man
	@$(PYTHON3) -B $(top_srcdir)/scripts/api-doc --markdown doc/api.md --man man $(MADE_MANS)
	@$(PYTHON3) -B $(top_srcdir)/scripts/seen-failing doc/seen-failing.md

install-data-hook:
	@if test -f doc/api.md; then \
	  $(MKDIR_P) "$(DESTDIR)$(docdir)" "$(DESTDIR)$(man3dir)" && \
	  $(INSTALL_DATA) $(MADE_DOCS) "$(DESTDIR)$(docdir)" && \
	  $(INSTALL_DATA) $(MADE_MANS:%=man/%.3) "$(DESTDIR)$(man3dir)"; \
	fi

uninstall-hook:
	@cd "$(DESTDIR)$(docdir)" 2>/dev/null && rm -f $(notdir $(MADE_DOCS)) || true
	@cd "$(DESTDIR)$(man3dir)" 2>/dev/null && rm -f $(MADE_MANS:%=%.3) || true

dist-hook:
	@if test -f doc/api.md; then \
	  cp $(MADE_DOCS) "$(distdir)/doc" && cp $(MADE_MANS:%=man/%.3) "$(distdir)/man"; \
	fi
