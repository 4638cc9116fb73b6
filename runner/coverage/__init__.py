# SPDX-License-Identifier: LGPL-2.1-or-later
"""The coverage of the kernel's huge page code by a run (doc/kernel-coverage.md)."""
