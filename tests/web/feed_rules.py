"""What makes a feed valid: the grammar of RFC 4287, the rules of RSS 2.0 and of JSON Feed 1.1.

The W3C's validator is a service that no test may ask: what it checks, by these specifications, is checked here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from lxml import etree

from bot.web.address import Form
from bot.web.feeds_out import ATOM, DC, MEDIA

GRAMMAR = etree.RelaxNG(etree.parse(Path(__file__).with_name("atom.rng")))
A = f"{{{ATOM}}}"


def check_atom(body: bytes) -> Any:
    """Raises where it breaks RFC 4287; the root."""
    root = etree.fromstring(body)
    GRAMMAR.assertValid(root.getroottree())
    ids = [node.text for node in root.iter(f"{A}id")]
    assert len(ids) == len(set(ids)), "4.2.6: ids are unique"
    assert root.find(f"{A}author") is not None, "4.1.1: an author of the feed, or of each entry"
    assert len(root.findall(f"{A}link[@rel='self']")) == 1
    assert len(root.findall(f"{A}link[@rel='alternate']")) == 1
    for entry in root.findall(f"{A}entry"):
        assert len(entry.findall(f"{A}link[@rel='alternate']")) == 1, "4.1.2: an entry without content has one"
        assert entry.find(f"{A}updated").text <= root.find(f"{A}updated").text
        assert entry.find(f"{A}title").text.strip()
    return root


def check_rss(body: bytes) -> Any:
    """Raises where it breaks RSS 2.0.11 or the RSS Advisory Board's best practices; the channel."""
    root = etree.fromstring(body)
    assert (root.tag, root.attrib) == ("rss", {"version": "2.0"})
    (channel,) = root
    for name in ("title", "link", "description"):
        assert channel.findtext(name).strip(), name
    assert re.fullmatch(r"https?://\S+", channel.findtext("link"))
    assert len(channel.findall(f"{A}link[@rel='self'][@type='application/rss+xml']")) == 1
    assert parsedate_to_datetime(channel.findtext("lastBuildDate")).tzinfo is not None
    guids = []
    allowed = {"title", "link", "description", "guid", "pubDate", "category"}
    allowed |= {f"{{{DC}}}creator", f"{{{DC}}}language", f"{{{MEDIA}}}thumbnail"}
    for item in channel.findall("item"):
        assert item.findtext("title").strip()
        assert item.findtext("description")
        assert re.fullmatch(r"https?://\S+", item.findtext("link"))
        assert parsedate_to_datetime(item.findtext("pubDate")).tzinfo is not None
        guid = item.find("guid")
        assert guid.get("isPermaLink") == "false", "it is no address"
        guids.append(guid.text)
        assert {node.tag for node in item} <= allowed
        assert "author" not in {node.tag for node in item}, "that would be an e-mail address"
    assert len(guids) == len(set(guids))
    return channel


def check_json(body: bytes) -> dict[str, Any]:
    """Raises where it breaks JSON Feed 1.1; the feed."""
    feed: dict[str, Any] = json.loads(body)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"]
    for name in ("home_page_url", "feed_url", "favicon"):
        assert re.fullmatch(r"https?://\S+", feed[name])
    ids = [item["id"] for item in feed["items"]]
    assert len(ids) == len(set(ids))
    for item in feed["items"]:
        assert isinstance(item["id"], str)
        assert item["content_text"], "one of the two contents is required"
        assert re.fullmatch(r"https?://\S+", item["url"])
        assert datetime.fromisoformat(item["date_published"]).tzinfo is not None
        assert all(isinstance(tag, str) for tag in item["tags"])
        assert set(item) <= {
            *("id", "url", "title", "content_text", "summary", "image", "date_published", "authors", "tags", "language")
        }
    return feed


CHECKS: Mapping[Form, Callable[[bytes], Any]] = {Form.ATOM: check_atom, Form.RSS: check_rss, Form.JSON: check_json}
