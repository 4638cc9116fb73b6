# SPDX-License-Identifier: LGPL-2.1-or-later
"""Deliberate faults of a kernel, and whether the suite notices them (doc/lab.md)."""
