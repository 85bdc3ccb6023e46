"""The report: one HTML file that answers, shows and can be kept."""

from tidegate.present.report.page import report_html
from tidegate.present.report.provenance import Made

__all__ = ["Made", "report_html"]
