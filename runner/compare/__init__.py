# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares two runs of loads, before and after a change."""
