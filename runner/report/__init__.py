# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reports for people and tools, made from a run's record alone."""
