# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes of a failed point what somebody who does not have hugeproof can use."""
