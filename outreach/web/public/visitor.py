"""From which network a request comes: /24 of an IPv4 address, /48 of an IPv6 one.

The address itself is not kept anywhere; limits store a keyed hash of its network.
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from django.http import HttpRequest

from outreach.config.environment import environment

_PREFIX_BITS = {4: 24, 6: 48}


def network_of(request: HttpRequest) -> str:
    """ "198.51.100.0/24"; "" where it is not the visitor's: on this machine, or behind a proxy
    of ours that OUTREACH_TRUSTED_PROXIES does not name."""
    try:
        address = ip_address(_address(request))
    except ValueError:
        return ""
    if not address.is_global:
        return ""
    bits = _PREFIX_BITS[address.version]
    return str(ip_network(f"{address}/{bits}", strict=False))


def _address(request: HttpRequest) -> str:
    """Of the chain that proxies write, the entry that the outermost one of ours has seen."""
    trusted = environment().trusted_proxies
    seen = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    if trusted and len(seen) >= trusted and seen[-trusted]:
        return seen[-trusted]
    return str(request.META.get("REMOTE_ADDR", ""))
