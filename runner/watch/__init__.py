# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs on machines that may die under them, guests of the lab or others; the record is kept
here."""
