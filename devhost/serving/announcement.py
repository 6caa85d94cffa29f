"""The lines that the host prints when it has started."""

from collections.abc import Mapping, Sequence

from devhost.dashboard.site import DASHBOARD_PATH
from devhost.functions.binding import PUBLIC_PATH, Endpoints
from devhost.functions.functions import IndexedApp
from devhost.functions.http_functions import Endpoint
from devhost.logs import printable


def announce(
    app: IndexedApp, served: Sequence[Endpoint], endpoints: Endpoints, key_lines: Sequence[str], *, verbose: bool
) -> None:
    """Print the host's addresses and the new keys; the functions and their URLs too if `verbose`."""
    if verbose:
        _list_functions(app, {endpoint.function.name: endpoint for endpoint in served}, endpoints)
    else:
        print(f"{len(app.functions)} functions, {len(served)} of them with a URL (--verbose lists them)")
        for function in app.functions:
            if function.unsupported is not None:
                print(f"    {function.name}: not supported by this host ({function.unsupported})")
    print(f"Management API: {endpoints.public_origin}{PUBLIC_PATH}")
    print(printable(f"Durable client: {endpoints.rpc_base_url}"))
    for line in key_lines:
        print(line)
    print(f"Dashboard: {endpoints.public_origin}{DASHBOARD_PATH}/")


def _list_functions(app: IndexedApp, routes: Mapping[str, Endpoint], endpoints: Endpoints) -> None:
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
    print()


def say_ready(host: str, port: int) -> None:
    """Print the line by which programs know that requests are served, and where."""
    address = "127.0.0.1" if host in ("0.0.0.0", "") else host  # noqa: S104 - compared, not bound
    if ":" in address:
        address = f"[{address}]"
    # In one write: the log's thread may write at any moment, also between a text and its line break.
    print(f"ready: http://{address}:{port}\n", end="", flush=True)
