"""End all sessions by replacing the secret that signs their tokens: `python -m scripts.end_sessions`.

Ids of trips and conversations are made with another secret and stay. Exits 0 when it is done, 2 when it cannot be done.
"""

import sys

from scripts.app_settings import app_settings
from settings import SettingsError
from stores.errors import StorageError
from stores.opening import open_stores


def main() -> int:
    """Replace the secret, also while the app runs."""
    try:
        open_stores(app_settings()).sessions.replace_signing_secret()
    except (SettingsError, StorageError) as error:
        print(f"The sessions can't be ended: {error}", file=sys.stderr)
        return 2
    print("All sessions have ended: their tokens are not valid any more.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
