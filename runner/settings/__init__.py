# SPDX-License-Identifier: LGPL-2.1-or-later
"""The only room that writes the system's settings, and takes every change back."""
