# SPDX-License-Identifier: LGPL-2.1-or-later
"""Turns a failed point into a program that works without hugeproof."""
