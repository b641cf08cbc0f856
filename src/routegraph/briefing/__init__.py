"""Findings in words and tables, without layout."""

from __future__ import annotations

from routegraph.briefing.compose import compose
from routegraph.briefing.marking import marking_of
from routegraph.briefing.product import Briefing, Judgement, Marking
from routegraph.briefing.tables import Findings

__all__ = ["Briefing", "Findings", "Judgement", "Marking", "compose", "marking_of"]
