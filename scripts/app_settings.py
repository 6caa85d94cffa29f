"""Settings of the app as a host reads them: the environment first, then local.settings.json."""

import os
from pathlib import Path

from devhost.config import ConfigError, read_local_settings
from settings import Settings, SettingsError

ROOT = Path(__file__).resolve().parent.parent


def app_settings() -> Settings:
    """Return the settings. Raise `SettingsError`, also for a local.settings.json that cannot be read."""
    return Settings.from_environ(app_environment())


def app_environment() -> dict[str, str]:
    """Return the variables of which the settings are made. Raise `SettingsError`."""
    try:
        values = read_local_settings(ROOT).values
    except ConfigError as error:
        raise SettingsError(str(error)) from None
    # The environment wins, as it does in the Functions host.
    return {**values, **os.environ}
