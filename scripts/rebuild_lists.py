"""Make the lists across trips anew from the trips themselves: `python -m scripts.rebuild_lists`.

In Azure tables the lists of all, open and parked trips are projections. This mends a table of them that was lost or
restored from an older copy, also while the app runs. SQLite reads the trips themselves and has no such lists. Exits 0
when the lists are complete, 2 when that cannot be done.
"""

import sys

from scripts.app_settings import app_settings
from settings import Settings, SettingsError
from stores.errors import StorageError


def main() -> int:
    """Rebuild, and print how many trips are listed."""
    try:
        print(rebuild(app_settings()))
    except (SettingsError, StorageError) as error:
        print(f"The lists can't be made anew: {error}", file=sys.stderr)
        return 2
    return 0


def rebuild(settings: Settings) -> str:
    """Rebuild the lists and return a sentence about it."""
    if settings.store != "tables":
        return "The ledger is in SQLite, which keeps no lists that could be lost."
    # Azure's SDK takes half a second to load, which an installation without tables need not spend.
    from storage.table_account import Account
    from stores.tables.ledger import TableLedger

    return f"Listed anew: {TableLedger(Account(settings)).rebuild_projections()} trips."


if __name__ == "__main__":
    sys.exit(main())
