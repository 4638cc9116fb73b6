# SPDX-License-Identifier: LGPL-2.1-or-later
"""The only package that changes settings of the system, and restores them."""
