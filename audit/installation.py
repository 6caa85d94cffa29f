"""Audit of one installation as a whole."""

from audit.books import open_audit
from audit.report import Report
from settings import Settings


def examine(settings: Settings) -> Report:
    """Audit the installation of these settings. Raise `StorageError` or `SupplierFault` if it cannot be read."""
    report = Report(settings.state_dir)
    with open_audit(settings) as audit:
        if audit is None:
            return report
        report.ran = True
        for trip in audit.trips():
            report.add_trip(trip)
        # Last, because only now all trips of the ledger are known.
        for difference, totals in audit.orphans({trip.trip for trip in report.trips}):
            report.add_orphan(difference, totals)
    return report
