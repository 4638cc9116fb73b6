#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""hugeproof: does this kernel's huge page code behave? See man/run_tests.1."""
import sys

from runner.cli import main

if __name__ == "__main__":
    sys.exit(main())
