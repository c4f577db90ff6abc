"""Addresses of files: which may be asked, how one is made from a mirror's, and how one is shown."""

import ipaddress
import urllib.parse

SCHEMES = "https://, file://, or http:// on this machine"
"""What an address may begin with."""


def check(url: str) -> str:
    """The address; raises ``ValueError`` unless it is of ``SCHEMES``."""
    parts = urllib.parse.urlsplit(url)
    local = parts.scheme == "http" and _on_this_machine(parts.hostname or "")
    if not (parts.scheme == "file" or (parts.scheme == "https" and parts.hostname) or local):
        raise ValueError(f"{shown(url)} is not asked. Expected: {SCHEMES}.")
    return url


def redirected(url: str, location: str) -> str:
    """Where a redirect leads; raises ``ValueError`` unless that is https, or http on this machine from there."""
    target = urllib.parse.urljoin(url, location)
    parts = urllib.parse.urlsplit(target)
    weaker = parts.scheme != "https" and parts.scheme != urllib.parse.urlsplit(url).scheme
    if weaker or parts.scheme not in ("https", "http"):
        raise ValueError(f"it redirects to {shown(target)}, which is less safe and not asked")
    return check(target)


def below(mirror: str, name: str) -> str:
    """The address of a file in the folder at an address; a query, such as a signature, stays at the end."""
    parts = urllib.parse.urlsplit(mirror)
    return parts._replace(path=f"{parts.path.rstrip('/')}/{urllib.parse.quote(name)}", fragment="").geturl()


def shown(url: str) -> str:
    """The address without user, password and query, which may be secrets."""
    parts = urllib.parse.urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=host, query="…" if parts.query else "", fragment="").geturl()


def _on_this_machine(host):
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
