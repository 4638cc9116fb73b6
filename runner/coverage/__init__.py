# SPDX-License-Identifier: LGPL-2.1-or-later
"""What of the kernel's huge page code a run executed (doc/kernel-coverage.md)."""
