"""The app of today whose clock is CLOCK_SHIFT_SECONDS ahead of the machine's, or behind it.

An old installation is opened as on the day it was made, when its holds stood, and long after, when they do not.
"""

import os
import sys
from datetime import datetime, timedelta, tzinfo
from importlib import util
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
ROOMS = ("activities", "api", "stores", "suppliers")
SHIFT = timedelta(seconds=float(os.environ["CLOCK_SHIFT_SECONDS"]))
sys.path[1:1] = [str(ROOT)]


class _AnyDatetime(type(datetime)):
    """Takes each datetime for one of the class below, so that the checks of the app hold."""

    def __instancecheck__(cls, value: Any) -> bool:
        return isinstance(value, datetime)


class ShiftedDatetime(datetime, metaclass=_AnyDatetime):
    """The class that the app's modules take for `datetime`."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) + SHIFT


def shift_clocks() -> None:
    """Give each loaded module of the app that asks for the time the shifted one."""
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] in ROOMS and getattr(module, "datetime", None) is datetime:
            module.datetime = ShiftedDatetime  # type: ignore[attr-defined]


spec = util.spec_from_file_location("travel_app", ROOT / "function_app.py")
assert spec
assert spec.loader
travel_app = util.module_from_spec(spec)
spec.loader.exec_module(travel_app)
shift_clocks()
app = travel_app.app
