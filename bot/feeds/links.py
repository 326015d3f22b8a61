"""Addresses that items carry: what a reader may be sent to, in one canonical spelling. Pure; nothing is looked up.

Never: a scheme but http and https, credentials, or a host of a private network (but those the operator's list names).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from yarl import URL

from bot.feeds.address import canonical_host, is_public_host

Links = Callable[[str | None], str | None]
"""Makes a feed's raw link canonical; None where it is not fit."""

LINK_LIMIT: Final = 2000
_EDGES: Final = "".join(map(chr, range(0x21)))  # WHATWG URL Standard: C0 controls and blanks around an address
_BREAKS: Final = re.compile(r"[\t\r\n]")  # dropped inside it, as browsers do: "java\nscript:" is javascript:
_UNFIT: Final = re.compile(r"[\x00-\x1f\x7f\\]")
# Already canonical but for its query: most links; spares yarl, 20 us each.
_PLAIN: Final = re.compile(
    r"(https?)://([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(/[A-Za-z0-9\-._~!$'()*+,;=:@%/]*)"
    r"(?:\?([A-Za-z0-9\-._~!$&'()*+,;=:@%/?]*))?(?:\#(?![/!]).*)?\Z"
)
_ROUTES: Final = ("/", "!")
# What publishers and their tools append to count visitors; none of them chooses the page.
_NAMES: Final = (
    "fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid twclid ttclid igshid mc_cid mc_eid mkt_tok _hsenc _hsmi "
    "vero_id oly_enc_id oly_anon_id ns_mchannel ns_source ns_campaign ns_linkname ns_fee cmpid ocid ftag smid xtor "
    "traffic_source maca wt_zmc wt.mc_id s_cid sc_campaign ncid ito at_medium at_campaign at_custom1 at_custom2 "
    "at_custom3 at_custom4 at_link_id at_link_type at_link_origin at_ptr_name at_format at_bbc_team "
    "__twitter_impression guccounter guce_referrer guce_referrer_sig spm _ga _gl campaign_id"
)
_TRACKING: Final = frozenset(_NAMES.split())
_TRACKING_PREFIXES: Final = ("utm_", "mtm_", "hsa_")
# Dropped only where the value says that the reader came by a feed: source=rss, mod=rss_home, CMP=rss.
_ORIGINS: Final = frozenset(
    {"source", "src", "ref", "partner", "emc", "from", "feed", "mod", "cmp", "cid", "origin", "sref"}
)


class LinkCleaner:
    """Makes the links of one document canonical."""

    def __init__(self, base: str, allow_private: frozenset[tuple[str, int | None]] = frozenset()) -> None:
        """`base` is the document's final URL; `allow_private` the operator's (host, port) that may be linked to."""
        self._base = base
        self._allow = allow_private

    def rebased(self, raw: str | None) -> LinkCleaner:
        """The cleaner of a page whose ``<base>`` is `raw`: links are relative to that, where it is fit."""
        base = self(raw)
        return self if base is None else LinkCleaner(base, self._allow)

    def __call__(self, raw: str | None) -> str | None:
        """The canonical form of `raw`, or None: resolved, http(s), no userinfo, default port or tracking.

        Nor a fragment, but one that chooses the page: ``#/news/2`` where scripts draw it.
        """
        if not raw:
            return None
        text = _BREAKS.sub("", raw.strip(_EDGES))
        if not text or len(text) > 2 * LINK_LIMIT:
            return None
        plain = _PLAIN.match(text)
        if plain is not None and "/." not in plain[3]:
            scheme, host, path, query = plain.groups()
            if not _is_public(host):
                return self._slowly(text)
            link = f"{scheme}://{host}{path}"
            kept = strip_tracking(query) if query else ""
            link = f"{link}?{kept}" if kept else link
            return link if len(link) <= LINK_LIMIT else None
        return self._slowly(text)

    def _slowly(self, text: str) -> str | None:
        try:
            url = URL(text.replace(" ", "%20"))
            if not url.scheme or not url.absolute:
                url = URL(self._base).join(url)
            if url.scheme not in ("http", "https") or not url.raw_host or _UNFIT.search(text):
                return None
            host = canonical_host(url.raw_host)
            if not (_is_public(host) or self._allowed(host, url.port)):
                return None
            port = "" if url.is_default_port() or url.explicit_port is None else f":{url.explicit_port}"
            name = f"[{host}]" if ":" in host else host
            query = strip_tracking(url.raw_query_string)
            route = f"#{url.raw_fragment}" if url.raw_fragment.startswith(_ROUTES) else ""
            link = f"{url.scheme}://{name}{port}{url.raw_path or '/'}{'?' if query else ''}{query}{route}"
        except (ValueError, TypeError):
            return None
        return link if len(link) <= LINK_LIMIT else None

    def _allowed(self, host: str, port: int | None) -> bool:
        return (host, port) in self._allow or (port in (80, 443) and (host, None) in self._allow)


def strip_tracking(query: str) -> str:
    """A query string without the parameters that only count visitors; the others as they were, in order."""
    return "&".join(part for part in query.split("&") if not _tracks(part))


def _tracks(part: str) -> bool:
    name, _, value = part.partition("=")
    name = name.lower()
    if name in _TRACKING or name.startswith(_TRACKING_PREFIXES):
        return True
    return name in _ORIGINS and "rss" in value.lower()


@lru_cache(maxsize=4096)
def _is_public(host: str) -> bool:
    return is_public_host(host)
