"""The app as it is, in a process that dies where a test says."""

import sys
from importlib import util
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[1:1] = [str(ROOT), str(ROOT / "tests")]

from support.chaos.points import arm  # noqa: E402 - only now can it be found

arm()
spec = util.spec_from_file_location("travel_app", ROOT / "function_app.py")
assert spec
assert spec.loader
travel_app = util.module_from_spec(spec)
spec.loader.exec_module(travel_app)
app = travel_app.app
