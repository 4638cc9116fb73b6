# SPDX-License-Identifier: LGPL-2.1-or-later
"""Two runs of loads, before and after: is it faster?"""
