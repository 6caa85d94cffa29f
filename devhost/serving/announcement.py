"""What the host prints when it has started."""

from collections.abc import Sequence

from devhost.dashboard.site import DASHBOARD_PATH
from devhost.functions.binding import PUBLIC_PATH, Endpoints
from devhost.functions.functions import IndexedApp
from devhost.functions.http_functions import Endpoint


def announce(app: IndexedApp, served: Sequence[Endpoint], endpoints: Endpoints, told: Sequence[str]) -> None:
    """Print the functions and their URLs, the host's own addresses, and the lines `told`."""
    routes = {endpoint.function.name: endpoint for endpoint in served}
    print("\nFunctions:\n")
    for function in app.functions:
        what = str(function.trigger["type"])
        if (endpoint := routes.get(function.name)) is not None:
            methods = ",".join(sorted(endpoint.methods)) or "any method"
            what = f"[{methods}] {endpoints.public_origin}/{endpoint.route.template}"
        if function.unsupported is not None:
            what = f"not supported by this host ({function.unsupported})"
        print(f"    {function.name}: {what}{' (disabled)' if function.disabled else ''}")
    print(f"\nManagement API: {endpoints.public_origin}{PUBLIC_PATH}")
    print(f"Durable client: {endpoints.rpc_base_url}")
    print(f"Dashboard: {endpoints.public_origin}{DASHBOARD_PATH}/")
    for line in told:
        print(line)


def say_ready(host: str, port: int) -> None:
    """Print the line that tells programs that requests are served, and where."""
    reachable = "127.0.0.1" if host in ("0.0.0.0", "") else host  # noqa: S104 - compared, not bound
    print(f"ready: http://{f'[{reachable}]' if ':' in reachable else reachable}:{port}", flush=True)
