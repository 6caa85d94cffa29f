"""The durable client's binding, and the management URLs in it and in the host's responses."""

import json
from dataclasses import dataclass
from urllib.parse import quote_plus

from devhost.functions.functions import ClientBinding

PUBLIC_PATH = "/runtime/webhooks/durabletask"
RPC_PATH = "/durabletask"
DEFAULT_CONNECTION = "Storage"


@dataclass(frozen=True)
class Endpoints:
    """The addresses of this host: `public_origin` for people, `rpc_base_url` (ending in /) for the SDK's client.

    `code` is the system key in management URLs.
    """

    public_origin: str
    rpc_base_url: str
    hub_name: str
    code: str


def client_binding(endpoints: Endpoints, binding: ClientBinding) -> str:
    """Return the argument for a durableClient parameter, JSON text (recording `client_binding`)."""
    base = endpoints.public_origin + PUBLIC_PATH
    create = f"{base}/orchestrators/{{functionName}}[/{{instanceId}}]"
    hub = binding.task_hub or endpoints.hub_name
    urls = management_urls(
        endpoints,
        endpoints.public_origin,
        "INSTANCEID",
        hub,
        binding.connection,
    )
    return json.dumps(
        {
            "taskHubName": hub,
            "connectionName": binding.connection,
            "creationUrls": {
                "createNewInstancePostUri": f"{create}?code={endpoints.code}",
                "createAndWaitOnNewInstancePostUri": (
                    f"{create}?timeout={{timeoutInSeconds}}&pollingInterval={{intervalInSeconds}}&code={endpoints.code}"
                ),
            },
            "managementUrls": urls,
            "baseUrl": base,
            "requiredQueryStringParameters": f"code={endpoints.code}",
            "rpcBaseUrl": endpoints.rpc_base_url,
            "httpBaseUrl": None,
            "maxGrpcMessageSizeInBytes": None,
            "grpcHttpClientTimeout": None,
        }
    )


def check_status_payload(endpoints: Endpoints, origin: str, instance_id: str) -> dict[str, str]:
    """Return the body of a start or restart over HTTP; `origin` is the request's (recording `start_api`)."""
    urls = management_urls(
        endpoints,
        origin,
        instance_id,
        endpoints.hub_name,
        None,
    )
    # The real host leaves this one out here (recording `start_api`).
    del urls["rewindPostUri"]
    return urls


def management_urls(
    endpoints: Endpoints, origin: str, instance_id: str, hub: str, connection: str | None
) -> dict[str, str]:
    """Return all URLs of one instance by their names, with its id; `{eventName}` and `{text}` stay literal."""
    # A space becomes `+`, as in the real host's links (docs/devhost/behaviour.md, section 2.3).
    instance = f"{origin}{PUBLIC_PATH}/instances/{quote_plus(instance_id, safe='')}"
    rest = f"taskHub={quote_plus(hub)}&connection={connection or DEFAULT_CONNECTION}&code={endpoints.code}"
    return {
        "id": instance_id,
        "statusQueryGetUri": f"{instance}?{rest}",
        "sendEventPostUri": f"{instance}/raiseEvent/{{eventName}}?{rest}",
        "terminatePostUri": f"{instance}/terminate?reason={{text}}&{rest}",
        "rewindPostUri": f"{instance}/rewind?reason={{text}}&{rest}",
        "purgeHistoryDeleteUri": f"{instance}?{rest}",
        "restartPostUri": f"{instance}/restart?{rest}",
        "suspendPostUri": f"{instance}/suspend?reason={{text}}&{rest}",
        "resumePostUri": f"{instance}/resume?reason={{text}}&{rest}",
    }
