# SPDX-License-Identifier: LGPL-2.1-or-later
"""The lab: kernels built or fetched, and guests that run the suite on them (doc/lab.md)."""
