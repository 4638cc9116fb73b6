# SPDX-License-Identifier: LGPL-2.1-or-later
"""hugeproof's runner: plan, run, observe, judge, record, report."""

__version__ = "0.1"
