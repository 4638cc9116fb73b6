# SPDX-License-Identifier: LGPL-2.1-or-later
"""The part of `remote` that works on the machine under test. It is sent there as text: its modules
import one another and Python's standard library, and nothing else."""
