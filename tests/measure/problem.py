"""What a user can mend."""
from __future__ import annotations


class Problem(Exception):
    """Something that the user can mend; the message says what it is and what to do."""
