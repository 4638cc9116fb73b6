# SPDX-License-Identifier: LGPL-2.1-or-later
"""Several runs side by side: what differs between two, among kernels, and over time."""
