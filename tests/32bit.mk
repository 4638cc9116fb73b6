# Every program a second time, with -m32: ./configure --enable-32bit. A list of its own
# would have to be kept in step, so these rules are GNU make's, over the native list.
CFLAGS32 = -m32 -D_FILE_OFFSET_BITS=64

objects32 = $(patsubst %.c,32bit/%.o,$(filter %.c,$(lib_libhugeproof_a_SOURCES)))
programs32 = $(nobase_pkglibexec_PROGRAMS:%=32bit/%)
headers32 = $(addprefix $(srcdir)/,$(filter %.h,$(lib_libhugeproof_a_SOURCES)))

if ENABLE_32BIT
all-local: $(programs32)

$(objects32) $(programs32:=.o): 32bit/%.o: %.c $(headers32)
	@$(MKDIR_P) $(@D)
	$(AM_V_CC)$(CC) $(CFLAGS32) $(DEFS) -I$(top_srcdir)/lib $(CPPFLAGS) $(HP_CFLAGS) \
	  $(CFLAGS) -c -o $@ $<

32bit/lib/libhugeproof.a: $(objects32)
	$(AM_V_AR)rm -f $@ && $(AR) cr $@ $^

$(programs32): 32bit/%: 32bit/%.o 32bit/lib/libhugeproof.a
	$(AM_V_CCLD)$(CC) $(CFLAGS32) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS32) -lpthread -ldl

install-exec-local: $(programs32)
	for program in $(programs32); do \
	  $(MKDIR_P) "$(DESTDIR)$(pkglibexecdir)/$${program%/*}" && \
	  $(INSTALL_PROGRAM) $$program "$(DESTDIR)$(pkglibexecdir)/$$program" || exit 1; \
	done

uninstall-local:
	rm -rf "$(DESTDIR)$(pkglibexecdir)/32bit"
endif

clean-builds:
	rm -rf 32bit sanitized
clean_hooks += clean-builds
