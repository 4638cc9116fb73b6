# SPDX-License-Identifier: LGPL-2.1-or-later
"""The only package that reads the kernel's counters, log and tables."""
