# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes what failed smaller: the smallest race, or the shortest story, that still fails."""
