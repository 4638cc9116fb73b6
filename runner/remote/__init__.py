# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs on machines that ssh reaches (doc/remote.md)."""
