// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How the sanitizers behave in the sanitized build, whatever the environment sets. A report
 * ends the process by SIGABRT, which the frame reports as a crash of the case. The tests
 * handle faults themselves, and memory of a process that is killed is no leak.
 */
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

const char *__asan_default_options(void)
{
	return "detect_leaks=0:abort_on_error=1:handle_segv=0:handle_sigbus=0:handle_abort="
	       "0:"
	       "handle_sigfpe=0:handle_sigill=0:detect_stack_use_after_return=0";
}

const char *__ubsan_default_options(void)
{
	return "abort_on_error=1:halt_on_error=1:print_stacktrace=1";
}
