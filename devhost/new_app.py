"""The command `devhost new`: a small durable app that runs at once."""

import shutil
from pathlib import Path

from devhost.config import StartError

_STARTER = Path(__file__).parent / "starter"
_FILES = {
    "function_app.py": "function_app.py",
    "host.json": "host.json",
    "requirements.txt": "requirements.txt",
    # These two would be obeyed, or ignored by Git, under their own names.
    "gitignore": ".gitignore",
    "local_settings.json": "local.settings.json",
}
"""The file of the starter for each file of the app."""


def write_new_app(folder: Path) -> str:
    """Write the app into a new or empty folder, and return what to do next. Raises StartError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise StartError(f"{folder} is not empty; name a new folder.")
        for source, name in _FILES.items():
            shutil.copyfile(_STARTER / source, folder / name)
    except OSError as error:
        raise StartError(f"{folder} cannot be written: {error.strerror}.") from None
    return (
        f"A durable app is in {folder}. Start it:\n\n"
        f"    devhost start --app {folder}\n\n"
        "Then start an orchestration, and look at http://localhost:7071/devhost/:\n\n"
        "    curl -X POST http://localhost:7071/api/greetings"
    )
