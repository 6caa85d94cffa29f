"""Names and origins of hosts, in one spelling each."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple

_ADDRESS = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?:\[(?P<v6>[0-9a-f:.]+)\]|(?P<name>[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)\.?)"
    r"(?::(?P<port>[0-9]{0,5}))?(?:[/?#].*)?",
    re.IGNORECASE,
)
_AFTER_HOST = re.compile(r"[/?#]")
_PORTS = {"http": 80, "https": 443}


class Origin(NamedTuple):
    """The origin of a page: scheme, name or IP address, and port; 0 means an unknown port."""

    scheme: str
    name: str
    port: int


NOWHERE = Origin("", "", 0)
"""The origin of a text that names none."""


def read_origin(text: str) -> Origin:
    """Return the origin of an address such as `HTTP://LocalHost.:7071/path`; `NOWHERE` if it cannot be read."""
    match = _ADDRESS.fullmatch(text.strip())
    if match is None:
        return NOWHERE
    scheme = match["scheme"].lower()
    port = int(match["port"] or _PORTS.get(scheme, 0))
    try:
        name = str(_plain(IPv6Address(match["v6"]))) if match["v6"] else match["name"].lower()
    except ValueError:
        return NOWHERE
    return Origin(scheme, name, port) if port < 65_536 else NOWHERE


def read_host(text: str) -> Origin:
    """Return the origin of a `Host` header's pages; `NOWHERE` if it cannot be read."""
    return NOWHERE if _AFTER_HOST.search(text) else read_origin(f"http://{text}")


def host_name(text: str) -> str:
    """Return a name, or an IP address with or without brackets, as `Origin` has it. Raises ValueError."""
    bare = text.strip("[]")
    origin = read_host(f"[{bare}]" if ":" in bare else text)
    if origin == NOWHERE:
        raise ValueError(f"{text!r} is not a name or an address of a host")
    return origin.name


def is_loopback(name: str) -> bool:
    """Return whether the name or IP address always means the machine itself."""
    try:
        return _plain(ip_address(name)).is_loopback
    except ValueError:
        return name == "localhost"


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
