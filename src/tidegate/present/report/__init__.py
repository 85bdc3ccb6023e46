"""The report: one HTML file that answers, shows and can be kept."""

from tidegate.present.report.page import report_html

__all__ = ["report_html"]
