"""The dossier: one PDF for a run or a set of runs, made from run directories alone; same evidence, same bytes."""

from reports.dossier.typeset import Sameness, compare_dossier, render_dossier, write_dossier

__all__ = ["Sameness", "compare_dossier", "render_dossier", "write_dossier"]
