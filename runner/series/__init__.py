# SPDX-License-Identifier: LGPL-2.1-or-later
"""Comparisons of several runs: between two, among kernels, and over time."""
