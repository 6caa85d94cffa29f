"""A blueprint with an HTTP function, to be registered by the app."""

import azure.durable_functions as df
import azure.functions as func

blueprint = df.Blueprint()


@blueprint.route(route="from-blueprint")
@blueprint.durable_client_input(client_name="client")
async def from_blueprint(req: func.HttpRequest, client) -> func.HttpResponse:
    return func.HttpResponse(client.create_http_management_payload("i")["statusQueryGetUri"])
