"""Runs the kit's orchestrators over every recorded context and prints what they answer, one JSON line each.

It is a program, because the kit's app is imported as `function_app` and the SDK is changed for good. Its
argument is the folder of the app; `DEVHOST_SDK_SPEED` says whether the stand-ins are put in.
"""

import copy
import json
import sys
import types
import warnings
from pathlib import Path
from typing import Any

from devhost.protocol import sdk_speed
from devhost.protocol.lazy_context import LazyContext
from support.orchestrations import recordings


def orchestrators(folder: Path) -> dict[str, Any]:
    """Return the SDK's wrappers by the name of the Python function. The app's recorder is left out."""
    recorder: Any = types.ModuleType("recorder")
    recorder.install = lambda: None
    sys.modules["recorder"] = recorder
    sys.path.insert(0, str(folder))
    import function_app  # type: ignore[import-not-found]

    wrappers: list[Any] = [f.get_user_function() for f in function_app.app.get_functions()]
    return {w.orchestrator_function.__name__: w for w in wrappers if hasattr(w, "orchestrator_function")}


def main() -> None:
    warnings.simplefilter("ignore")
    sdk_speed.install()
    wrappers = orchestrators(Path(sys.argv[1]))
    for name in recordings.NAMES:
        for record in recordings.recording(name)["records"]:
            if record["kind"] == "orchestrator" and record["function"] in wrappers:
                sent = copy.deepcopy(record["sent"])
                try:
                    said = wrappers[record["function"]](LazyContext(sent))
                except Exception as error:
                    said = f"raised {type(error).__name__}: {error}"
                print(json.dumps([name, said, sent == record["sent"]]))


main()
