"""The choice of the model by the settings. Opening one connects nowhere."""

from functools import partial

from agents.connections import connect
from agents.model import Model
from agents.offline.model import OfflineModel
from agents.remote_model import RemoteModel
from settings import Settings


def open_model(settings: Settings) -> Model:
    """Return Azure OpenAI, a compatible service or, when nothing is configured, the offline model."""
    if settings.model_source == "offline":
        return OfflineModel()
    make_connection = partial(connect, settings)
    return RemoteModel(settings.model_name, make_connection, settings.model_timeout_seconds)
