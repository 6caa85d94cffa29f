"""Start the app on the development host: `python -m scripts.run [--port N] [--state-dir DIR] [--calm]`."""

import argparse
import os
import sys
from pathlib import Path

from devhost.cli import main as devhost
from scripts.app_settings import ROOT, app_settings
from settings import Settings, SettingsError

# Without trouble these stay as they are: they decide amounts, times and repeatability, and refuse nobody.
_NO_TROUBLE = ("sim_seed", "sim_hold_seconds", "sim_cancel_fee_percent", "sim_late_answer_ms")
DIALS = tuple(name.upper() for name in Settings.model_fields if name.startswith("sim_") and name not in _NO_TROUBLE)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--port", type=int, default=7071)
    parser.add_argument("--state-dir", type=Path, default=Path(".state"))
    parser.add_argument("--calm", action="store_true", help="simulated suppliers never refuse, fail or dawdle")
    options = parser.parse_args(arguments)

    # The app is loaded into this process and reads the environment there, hence no arguments are handed on.
    state = str(options.state_dir.expanduser().resolve())
    os.environ["STATE_DIR"] = state
    if options.calm:
        os.environ.update(dict.fromkeys(DIALS, "0"))
    # Wrong settings are said here in one line; inside the host they would show as a failed load of the app.
    try:
        print(model_line(app_settings()), flush=True)
    except SettingsError as error:
        print(f"settings: {error}", file=sys.stderr)
        return 1
    return devhost(["start", "--app", str(ROOT), "--port", str(options.port), "--state", state])


def model_line(settings: Settings) -> str:
    """Return a line that names the model."""
    if settings.model_source == "offline":
        return "model: offline (built-in rules; set AZURE_OPENAI_… or OPENAI_… to ask a real one)"
    return f"model: {settings.model_name} ({settings.model_source})"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
