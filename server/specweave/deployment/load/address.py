"""Where a load test may send its requests: this machine, or hosts a person has named."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from specweave.errors import DeploymentError, listing

_ALLOWED = "http:// addresses of this machine (127.0.0.1, ::1, localhost), and hosts named with allow_host"


@dataclass(frozen=True)
class Address:
    """Host and port of a service, and the path its URL begins with."""

    host: str
    port: int
    base: str = ""

    @property
    def authority(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.authority}{self.base}"

    @property
    def is_loopback(self) -> bool:
        return _is_loopback(self.host)


def checked_address(url: str, allow_host: Collection[str] = ()) -> Address:
    """The address of `url`, once it is sure that load may be sent there.

    Without `allow_host` only this machine is. Raises DeploymentError for another host, another scheme than http, or
    something that is no URL.
    """
    if not isinstance(url, str):
        raise DeploymentError("The address of the service is no text", value=url, allowed=_ALLOWED)
    try:
        parts = urlsplit(url if "//" in url else f"http://{url}")
        found = Address(parts.hostname or "", parts.port or 80, parts.path.rstrip("/"))
    except ValueError as error:
        raise DeploymentError(f"The address of the service cannot be read: {error}", value=url) from error
    if parts.scheme != "http" or not found.host:
        raise DeploymentError("The address of the service is not an http:// URL", value=url, allowed=_ALLOWED)
    if found.host not in allow_host and not found.is_loopback:
        raise DeploymentError(
            "Load is sent to this machine only",
            value=found.host,
            allowed=_ALLOWED + (f"; named are {listing(allow_host)}" if allow_host else ""),
            next_step=f"if that service is yours to load, repeat with --allow-host {found.host}",
        )
    return found


def _is_loopback(host: str) -> bool:
    """Whether every address the name stands for is one of this machine; names are looked up, numbers are not."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        pass
    if host != "localhost":
        return False
    try:
        known = socket.getaddrinfo(host, None, proto=socket.IPPROTO_TCP)
    except OSError:
        return False
    return all(ipaddress.ip_address(str(entry[4][0])).is_loopback for entry in known)
