# SPDX-License-Identifier: LGPL-2.1-or-later
"""What people and tools read, made from a run's record alone."""
