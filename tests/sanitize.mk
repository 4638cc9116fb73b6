# Library, programs and those of the selftests once more, under ASan and UBSan, below
# sanitized/: make sanitized, for selftest/lib/test_sanitizers.py. GNU make's rules over
# the native lists, as in 32bit.mk.
EXTRA_DIST += tests/sanitize.c
SANITIZE = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined

sanitized_objects = $(patsubst %.c,sanitized/%.o,$(filter %.c,$(lib_libhugeproof_a_SOURCES)))
sanitized_tests = $(nobase_pkglibexec_PROGRAMS:%=sanitized/%)
sanitized_own = $(filter sanitized/selftest/lib/%,$(check_PROGRAMS:%=sanitized/%))

$(sanitized_objects) $(sanitized_tests:=.o) $(sanitized_own:=.o) sanitized/tests/sanitize.o: \
		sanitized/%.o: %.c \
		$(addprefix $(srcdir)/,$(filter %.h,$(lib_libhugeproof_a_SOURCES)))
	@$(MKDIR_P) $(@D)
	$(AM_V_CC)$(CC) $(DEFS) $(AM_CPPFLAGS) $(CPPFLAGS) $(AM_CFLAGS) $(CFLAGS) $(SANITIZE) \
	  -c -o $@ $<

sanitized/lib/libhugeproof.a: $(sanitized_objects)
	$(AM_V_AR)rm -f $@ && $(AR) cr $@ $^

$(sanitized_tests) $(sanitized_own): sanitized/%: sanitized/%.o sanitized/tests/sanitize.o \
		sanitized/lib/libhugeproof.a
	$(AM_V_CCLD)$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) -o $@ $^ $(NUMA_LIBS) $(RING_LIBS) $(LIBS)

.PHONY: sanitized
sanitized: $(sanitized_tests) $(sanitized_own)
