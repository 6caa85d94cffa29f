"""The app: one `DFApp` made of four blueprints."""

import logging

import azure.durable_functions as df
import azure.functions as func

from activities.blueprint import bp as activities
from api.background.blueprint import bp as background
from api.blueprint import bp as api
from orchestrators.blueprint import bp as orchestrators
from settings import SettingsError, settings

log = logging.getLogger(__name__)

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)
for blueprint in (api, background, orchestrators, activities):
    app.register_functions(blueprint)

# A wrong setting must not keep the app from loading: `GET /api/health` names it then.
try:
    log.info("app_loaded model=%s source=%s", settings().model_name, settings().model_source)
except SettingsError as error:
    log.error("misconfigured setting=%r", str(error))
