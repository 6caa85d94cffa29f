"""Sentences about a configuration that can be read, but means trouble here or on the real host."""

import json
import re
from pathlib import Path

from devhost.config import HostConfig, LocalSettings


def hub_name_warning(name: str) -> str | None:
    """Return why the task hub's name is not valid for Azure Storage, where the real host refuses to start."""
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9]{2,44}", name):
        return None
    return (
        f"The task hub's name '{name}' is not one for Azure Storage (3 to 45 letters and digits, a letter first): "
        "with that backend the real host refuses to start"
    )


def strict_json_refusal(path: Path) -> str | None:
    """Return why an app with this host.json does not start on the real host, though the host itself can read it.

    The SDK reads host.json while it is imported, by Python's parser (docs/devhost/behaviour.md, section 1.1).
    """
    if not path.exists():
        return None
    try:
        json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        return (
            f"{path}: the real worker refuses the whole app, because azure-functions-durable reads this file without "
            f"comments, trailing commas and byte order marks ({error}); write it as plain JSON"
        )
    return None


def unused_keys(settings: LocalSettings, config: HostConfig) -> list[str]:
    """Return sentences that name the keys without effect on this host."""
    files = (("local.settings.json", settings.unused), ("host.json", config.unused))
    return [f"{file}: without effect on this host: {', '.join(keys)}" for file, keys in files if keys]
