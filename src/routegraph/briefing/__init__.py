"""Findings in words and tables, without layout."""

from __future__ import annotations

from routegraph.briefing.compose import compose
from routegraph.briefing.marking import marking_of
from routegraph.briefing.product import Briefing, Judgement, Marking

__all__ = ["Briefing", "Judgement", "Marking", "compose", "marking_of"]
