"""The report for people: one HTML page and one CSV file, made from stored tables alone."""

from ledgergraph.anomalies.report.data import Layout, ModelUsed, ReportData
from ledgergraph.anomalies.report.page import provenance_of, render
from ledgergraph.anomalies.report.spreadsheet import findings_csv

__all__ = ["Layout", "ModelUsed", "ReportData", "findings_csv", "provenance_of", "render"]
