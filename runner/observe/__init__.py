# SPDX-License-Identifier: LGPL-2.1-or-later
"""The only room that reads the kernel's counters, log and tables."""
