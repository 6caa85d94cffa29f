"""The lines that the host prints when it has started."""

from collections.abc import Sequence

from devhost.dashboard.site import DASHBOARD_PATH
from devhost.functions.binding import PUBLIC_PATH, Endpoints
from devhost.functions.functions import IndexedApp
from devhost.functions.http_functions import Endpoint
from devhost.logs import printable


def announce(app: IndexedApp, served: Sequence[Endpoint], endpoints: Endpoints, key_lines: Sequence[str]) -> None:
    """Print the functions and their URLs, the host's addresses, and the new keys."""
    routes = {endpoint.function.name: endpoint for endpoint in served}
    print("\nFunctions:\n")
    for function in app.functions:
        text = str(function.trigger["type"])
        endpoint = routes.get(function.name)
        if endpoint is not None:
            methods = ",".join(sorted(endpoint.methods)) or "any method"
            text = f"[{methods}] {endpoints.public_origin}/{endpoint.route.template}"
        if function.unsupported is not None:
            text = f"not supported by this host ({function.unsupported})"
        print(f"    {function.name}: {text}{' (disabled)' if function.disabled else ''}")
    print(f"\nManagement API: {endpoints.public_origin}{PUBLIC_PATH}")
    print(printable(f"Durable client: {endpoints.rpc_base_url}"))
    print(f"Dashboard: {endpoints.public_origin}{DASHBOARD_PATH}/")
    for line in key_lines:
        print(line)


def say_ready(host: str, port: int) -> None:
    """Print the line by which programs know that requests are served, and where."""
    address = "127.0.0.1" if host in ("0.0.0.0", "") else host  # noqa: S104 - compared, not bound
    if ":" in address:
        address = f"[{address}]"
    print(f"ready: http://{address}:{port}", flush=True)
