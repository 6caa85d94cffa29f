"""Compare the ledger with the suppliers' own books and recount the money: `python -m scripts.audit --state-dir DIR`.

Ledger and books are where the app's settings say. Reads only, so it may run while the app does. Exits 0 when
everything adds up, 1 for a difference that no running trip and no open item of a trip that needs attention explains,
2 when something cannot be read.
"""

import argparse
import sys
from pathlib import Path

from audit.installation import examine
from scripts.app_settings import app_settings
from settings import SettingsError
from stores.errors import StorageError
from suppliers.ports import SupplierFault


def main(arguments: list[str] | None = None) -> int:
    """Run the audit and print what it found."""
    parser = argparse.ArgumentParser(
        prog="audit", description="Compare ledger and suppliers' books; recount the money."
    )
    parser.add_argument("--state-dir", type=Path, default=Path(".state"), help="the app's STATE_DIR (default: .state)")
    parser.add_argument(
        "--trips", type=int, default=20, metavar="N", help="show N trips, those in trouble first (default: 20)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object, with every trip")
    options = parser.parse_args(arguments)
    # The folder comes from the command line, so that one may audit a copy; the store is that of the settings.
    try:
        report = examine(app_settings().model_copy(update={"state_dir": options.state_dir}))
    except (SettingsError, StorageError, SupplierFault) as error:
        print(f"The audit can't be done: {error}", file=sys.stderr)
        return 2
    print(report.as_json() if options.json else report.as_text(options.trips))
    return 0 if report.balanced else 1


if __name__ == "__main__":
    sys.exit(main())
