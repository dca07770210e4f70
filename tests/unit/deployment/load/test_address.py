from __future__ import annotations

import socket

import pytest

from specweave.deployment.load.address import checked_address
from specweave.errors import DeploymentError


@pytest.mark.parametrize(
    ("url", "authority", "base"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1:8000", ""),
        ("127.0.0.1:8000", "127.0.0.1:8000", ""),
        ("http://127.3.2.1/model/", "127.3.2.1:80", "/model"),
        ("http://[::1]:9", "[::1]:9", ""),
        ("http://LOCALHOST:8000", "localhost:8000", ""),
    ],
)
def test_this_machine_may_be_loaded(url, authority, base):
    found = checked_address(url)
    assert (found.authority, found.base, found.is_loopback) == (authority, base, True)


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1:8000", "http://example.com", "http://127.0.0.1.example.com:80", "http://0.0.0.0:80"]
)
def test_other_hosts_are_refused_with_the_way_to_allow_them(url):
    with pytest.raises(DeploymentError, match="this machine only") as caught:
        checked_address(url)
    assert "--allow-host" in str(caught.value)


def test_a_host_that_was_named_is_allowed_and_only_that_one():
    assert not checked_address("http://10.0.0.1:8000", ["10.0.0.1"]).is_loopback
    with pytest.raises(DeploymentError):
        checked_address("http://10.0.0.2:8000", ["10.0.0.1"])


@pytest.mark.parametrize("url", ["https://127.0.0.1", "ftp://127.0.0.1", "", None, "http://127.0.0.1:port"])
def test_what_is_no_http_address_is_refused(url):
    with pytest.raises(DeploymentError, match="address"):
        checked_address(url)


def test_a_name_that_leads_elsewhere_is_not_taken_for_this_machine(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("10.0.0.1", 0))])
    with pytest.raises(DeploymentError):
        checked_address("http://localhost:80")
