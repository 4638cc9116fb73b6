# With its folders, so that the documents' links are right where they are installed, too.
nobase_dist_doc_DATA = README.md CONTRIBUTING.md NEWS.md SECURITY.md \
	doc/ci.md doc/compare.md doc/complaints.md doc/controls.md doc/coverage.md doc/design.md doc/formats.md \
	doc/glossary.md doc/kernel-coverage.md doc/kernels.md doc/known-issues.md doc/lab.md \
	doc/packages.md doc/races.md doc/remote.md doc/trust.md doc/writing-tests.md
EXTRA_DIST += doc/patches doc/schema

# The manual pages of the commands are made from their options; hugeproof.1, the last, stands for
# all of them.
EXTRA_DIST += man/hugeproof.1.in scripts/man-pages scripts/mdoc.py scripts/completions
noinst_DATA = man/hugeproof.1
runner_files = $(filter runner/%.py,$(nobase_dist_pkgdata_DATA))
man/hugeproof.1: man/hugeproof.1.in scripts/man-pages scripts/mdoc.py $(runner_files)
	$(AM_V_GEN)$(MKDIR_P) man && $(PYTHON3) -B $(srcdir)/scripts/man-pages man

# What needs a tool that not everybody has is in a release, and made again where the tool is.
MADE_WITH_TOOLS = man/hugeproof-formats.5 completions/hugeproof.bash completions/hugeproof.zsh
if HAVE_MARKDOWN
noinst_DATA += man/hugeproof-formats.5
man/hugeproof-formats.5: doc/formats.md man/hugeproof.1.in scripts/formats-page scripts/mdoc.py
	$(AM_V_GEN)$(MKDIR_P) man && $(PYTHON3) -B $(srcdir)/scripts/formats-page \
	  $(srcdir)/doc/formats.md > $@.tmp && mv $@.tmp $@
endif
EXTRA_DIST += scripts/formats-page

completions = completions/hugeproof.fish
if HAVE_SHTAB
completions += completions/hugeproof.bash completions/hugeproof.zsh
endif
noinst_DATA += $(completions)
completions/hugeproof.%: scripts/completions Makefile $(runner_files)
	$(AM_V_GEN)$(MKDIR_P) completions && $(PYTHON3) -B $(srcdir)/scripts/completions $* \
	  $(pkglibexecdir) $(localstatedir)/lib/hugeproof > $@.tmp && mv $@.tmp $@
clean-pages:
	rm -f man/hugeproof*.1 $(noinst_DATA)
clean_hooks += clean-pages

man1dir = $(mandir)/man1
man3dir = $(mandir)/man3
man5dir = $(mandir)/man5
bashcompdir = $(datadir)/bash-completion/completions
zshcompdir = $(datadir)/zsh/site-functions
fishcompdir = $(datadir)/fish/vendor_completions.d

# What make doc makes of the comments in lib/ and of the mutants' headers. It is installed, and
# in the distribution, if it was made.
EXTRA_DIST += scripts/api-doc scripts/api_pages.py scripts/seen-failing
MADE_DOCS = doc/api.md doc/seen-failing.md
# The functions that programs use most.
MADE_MANS = hp_check hp_check_eq hp_check_errno hp_check_filled hp_check_hugetlb hp_check_ok \
	hp_fill hp_fork hp_hugetlb hp_map_hugetlb hp_meet hp_wait_ok
CLEANFILES += $(MADE_DOCS) $(MADE_MANS:%=man/%.3)

.PHONY: doc
doc: $(noinst_DATA)
	@$(MKDIR_P) doc man
	@$(PYTHON3) -B $(top_srcdir)/scripts/api-doc --markdown doc/api.md --man man $(MADE_MANS)
	@$(PYTHON3) -B $(top_srcdir)/scripts/seen-failing doc/seen-failing.md

# installed FILE FOLDER [NAME]: a file that was made, or else is in the release.
installed = if test -f $(1); then file=$(1); else file=$(srcdir)/$(1); fi; \
	if test -f "$$file"; then $(MKDIR_P) "$(DESTDIR)$(2)" && \
	  $(INSTALL_DATA) "$$file" "$(DESTDIR)$(2)/$(3)"; fi
install-pages:
	@$(MKDIR_P) "$(DESTDIR)$(man1dir)" && $(INSTALL_DATA) man/hugeproof*.1 "$(DESTDIR)$(man1dir)"
	@$(call installed,man/hugeproof-formats.5,$(man5dir))
	@$(call installed,completions/hugeproof.bash,$(bashcompdir),hugeproof)
	@$(call installed,completions/hugeproof.zsh,$(zshcompdir),_hugeproof)
	@$(call installed,completions/hugeproof.fish,$(fishcompdir))
	@for file in $(MADE_DOCS); do $(call installed,$$file,$(docdir)/doc); done
	@for file in $(MADE_MANS:%=man/%.3); do $(call installed,$$file,$(man3dir)); done
install_hooks += install-pages

uninstall-pages:
	@rm -f "$(DESTDIR)$(man1dir)"/hugeproof.1 "$(DESTDIR)$(man1dir)"/hugeproof-*.1 \
	  "$(DESTDIR)$(man5dir)/hugeproof-formats.5" "$(DESTDIR)$(bashcompdir)/hugeproof" \
	  "$(DESTDIR)$(zshcompdir)/_hugeproof" "$(DESTDIR)$(fishcompdir)/hugeproof.fish"
	@cd "$(DESTDIR)$(docdir)" 2>/dev/null && rm -f $(MADE_DOCS) || true
	@cd "$(DESTDIR)$(man3dir)" 2>/dev/null && rm -f $(MADE_MANS:%=%.3) || true
uninstall_hooks += uninstall-pages

dist-hook:
	@$(MKDIR_P) "$(distdir)/man" "$(distdir)/doc" "$(distdir)/completions"
	@for file in $(MADE_WITH_TOOLS) $(MADE_DOCS) $(MADE_MANS:%=man/%.3); do \
	  if test -f $$file; then cp $$file "$(distdir)/$$file"; \
	  elif test -f "$(srcdir)/$$file"; then cp "$(srcdir)/$$file" "$(distdir)/$$file"; fi; \
	done
