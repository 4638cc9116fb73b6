#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""hugeproof: does this kernel's huge page code behave? See man/hugeproof.1.in."""
import signal
import sys

# Until main() listens, SIGINT ends us as every other signal does: without a traceback.
if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

try:
    from runner.cli import main
except Exception as error:  # pylint: disable=broad-except
    # Python's own exit status, 1, would say that the kernel failed.
    if sys.stderr is not None:
        print(f"run_tests.py: cannot be loaded: {error!r}", file=sys.stderr)
    sys.exit(2)

if __name__ == "__main__":
    sys.exit(main())
