"""Removal sampling on routes: the flow behind the seizures, corrected for how well each place looks."""

from __future__ import annotations
