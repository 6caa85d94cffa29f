"""Start the app on the development host: `python -m scripts.run [--port N] [--state-dir DIR] [--calm] [--verbose]`."""

import argparse
import difflib
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from devhost.cli import main as devhost
from domain.components import parts_of
from scripts.app_settings import ROOT, app_environment, app_settings
from settings import Settings, SettingsError
from suppliers.catalogue import CATALOGUE
from suppliers.simulator_settings import SimulatorSettings

# Without trouble these stay as they are: they decide amounts, times and repeatability, and refuse nobody.
_NO_TROUBLE = ("sim_seed", "sim_hold_seconds", "sim_cancel_fee_percent", "sim_late_answer_ms")
DIALS = tuple(name.upper() for name in Settings.model_fields if name.startswith("sim_") and name not in _NO_TROUBLE)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--port", type=int, default=7071)
    parser.add_argument("--state-dir", type=Path, default=Path(".state"))
    parser.add_argument("--calm", action="store_true", help="simulated suppliers never refuse, fail or dawdle")
    parser.add_argument("--verbose", action="store_true", help="list the functions, and log more")
    options = parser.parse_args(arguments)

    # The app is loaded into this process and reads the environment there, hence no arguments are handed on.
    state = str(options.state_dir.expanduser().resolve())
    os.environ["STATE_DIR"] = state
    if options.calm:
        os.environ.update(dict.fromkeys(DIALS, "0"))
    # Wrong settings are said here in one line; inside the host they would show as a failed load of the app.
    try:
        settings, unknown = app_settings(), unknown_dials(app_environment())
    except SettingsError as error:
        print(f"settings: {error}", file=sys.stderr)
        return 1
    for line in unknown:
        print(f"settings: {line}", file=sys.stderr)
    print(model_line(settings))
    print(suppliers_line(settings), flush=True)
    # The app's own log has a line for each step and each request.
    how_much = "--verbose" if options.verbose else "--quiet"
    return devhost(["start", "--app", str(ROOT), "--port", str(options.port), "--state", state, how_much])


def model_line(settings: Settings) -> str:
    """Return a line that names the model."""
    if settings.model_source == "offline":
        return "model: offline (built-in rules; set AZURE_OPENAI_… or OPENAI_… to ask a real one)"
    return f"model: {settings.model_name} ({settings.model_source})"


def suppliers_line(settings: Settings) -> str:
    """Return a line that says how many whole trips the simulated suppliers refuse."""
    rates = SimulatorSettings.of(settings).refusals
    booked = 1.0
    for component in parts_of("travel"):
        refused_by = CATALOGUE[component.kind].refused_by
        # Each booking has its own payment.
        booked *= (1 - rates[refused_by]) * (1 - rates["SIM_DECLINE_PAYMENT"])
    refused = round(100 * (1 - booked))
    if refused == 0:
        return "suppliers: simulated; they refuse nothing"
    return f"suppliers: simulated; they refuse a part of about {refused} in 100 trips (CALM=1: of none)"


def unknown_dials(environment: Mapping[str, str]) -> list[str]:
    """Return a line for each variable that begins as a setting of the simulators does and is none."""
    names = [name.upper() for name in Settings.model_fields]
    dials = {name for name in environment if name.startswith("SIM_")}
    return [_unknown_dial(name, names) for name in sorted(dials.difference(names))]


def _unknown_dial(name: str, names: list[str]) -> str:
    similar = difflib.get_close_matches(name, names, n=1, cutoff=0.8)
    hint = f"did you mean {similar[0]}?" if similar else "docs/settings.md lists them"
    return f"there is no setting {name}; {hint}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
