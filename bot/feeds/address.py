"""Which hosts and addresses belong to the public network. Pure rules; never a look-up.

Shared by the guard (what is dialled) and by cleaning (what an item may link to), which runs in the parser's workers.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import Final

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052
_UNICAST: Final = ipaddress.IPv6Network("2000::/3")  # RFC 4291: all that is routed today
# Global by `ipaddress` on some Python versions, but not places of the public network (catalogue, section 0 point 3).
_DENIED: Final[tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]] = (
    ipaddress.IPv4Network("168.63.129.16/32"),  # Azure's wire server
    ipaddress.IPv4Network("192.0.0.0/24"),  # protocol assignments, RFC 6890; a cloud's metadata at .192
    ipaddress.IPv4Network("192.88.99.0/24"),  # 6to4 relays, RFC 7526
    ipaddress.IPv6Network("2001::/23"),  # protocol assignments, Teredo among them
    ipaddress.IPv6Network("2001:db8::/32"),
    ipaddress.IPv6Network("2002::/16"),  # 6to4: carries any IPv4 address
    ipaddress.IPv6Network("3fff::/20"),
)
_LOCAL_SUFFIXES: Final = (".localhost", ".local", ".localdomain", ".internal", ".intranet", ".lan", ".home.arpa")
LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\Z")
_NUMBER: Final = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)\Z")


def is_public(address: str) -> bool:
    """Whether that literal address belongs to the public network, whatever it is wrapped in."""
    try:
        ip: Address = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        elif ip in _NAT64:
            ip = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        elif ip not in _UNICAST:
            return False
    if any(ip.version == network.version and ip in network for network in _DENIED):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not ip.is_unspecified


@lru_cache(maxsize=4096)
def canonical_host(host: str) -> str:
    """`host` in lower case, IPv6 without brackets and compressed, without the root's dot."""
    name = host.strip().lower().strip("[]").rstrip(".")
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        return name


def is_literal(host: str) -> bool:
    """Whether a canonical host is an address, not a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_public_name(host: str) -> bool:
    """Whether a canonical host may be a name of the public DNS: dotted, valid (RFC 1123), and not a number in disguise.

    A last label that is a number makes resolvers read the whole as an IPv4 address (``0x7f.1``, ``127.1``; WHATWG URL
    Standard, "ends in a number"); a name without a dot belongs to the local network or a container.
    """
    labels = host.split(".")
    if len(labels) < 2 or len(host) > 253 or _NUMBER.match(labels[-1]):
        return False
    if host.endswith(_LOCAL_SUFFIXES):
        return False
    return all(LABEL.match(label) for label in labels)


def is_public_host(host: str) -> bool:
    """Whether a canonical host, literal or name, may belong to the public network."""
    return is_public(host) if is_literal(host) else is_public_name(host)
