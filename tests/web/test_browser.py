"""The pages in a real browser: Debian's chromium, driven by playwright. Skipped, and said why, where it is missing."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio

from tests.web.conftest import EXAMPLE, HOSTILE, Site

CHROMIUM = shutil.which("chromium")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(CHROMIUM is None, reason="needs chromium: apt-get install chromium"),
]

playwright = pytest.importorskip("playwright.async_api", reason="needs playwright, of the dev extra")

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)
PAGES = (
    "/",
    "/tag/securitycooperation",
    "/country/jp",
    "/search?q=pact",
    "/search",
    "/topics",
    "/sources",
    "/tag/nothingofthatname",
    "/story",
)
# Every visible text whose contrast with what lies behind it is below 4.5 (WCAG 2.2, 1.4.3), large text below 3.
TOO_FAINT = """() => {
  const parsed = (said) => (said.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((part) => {
    const c = part / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }).reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const found = parsed(getComputedStyle(node).backgroundColor);
      if (found.length < 4 || found[3] > 0) return found;
    }
    return [255, 255, 255];
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), faint = [];
  let looked = 0;
  for (let node; (node = walk.nextNode());) {
    const held = node.parentElement;
    if (!node.textContent.trim() || !held.checkVisibility() || held.closest("svg, .flag")) continue;
    const style = getComputedStyle(held), [a, b] = [light(parsed(style.color)), light(behind(held))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    looked += 1;
    if (contrast < (large ? 3 : 4.5)) faint.push([node.textContent.trim().slice(0, 40), contrast]);
  }
  return [looked, faint];
}"""
FOCUSED = """() => {
  const at = document.activeElement, box = at.getBoundingClientRect(), style = getComputedStyle(at);
  return {
    tag: at.tagName, text: (at.textContent || at.name || "").trim().slice(0, 40), href: at.getAttribute("href"),
    seen: box.width > 0 && box.right > 0 && box.bottom > 0 && box.left < innerWidth && box.top < innerHeight,
    ringed: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
  };
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Any]:
    async with playwright.async_playwright() as browsers:
        opened = await browsers.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield opened
        await opened.close()


@asynccontextmanager
async def visiting(browser: Any, site: Site, **how: Any) -> AsyncIterator[Any]:
    """A page whose pictures are ours, that goes nowhere else, and that has nothing to complain of."""
    context = await browser.new_context(**how)
    context.set_default_timeout(10_000)
    complaints: list[str] = []
    asked: list[str] = []

    async def answer(route: Any) -> None:
        if route.request.url.startswith(str(site.url)):
            await route.continue_()
            return
        asked.append(route.request.url)
        await route.fulfill(body=PIXEL, content_type="image/png")

    await context.route("**/*", answer)
    page = await context.new_page()
    page.on("dialog", lambda dialog: complaints.append(f"a script ran: {dialog.message}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if "404" not in message.text else None)
    try:
        yield page
    finally:
        await context.close()
    assert complaints == []
    assert all(url.startswith("https://pictures.example/") for url in asked), asked


async def go(page: Any, site: Site, path: str) -> None:
    if path == "/story":
        path = f"/story/{site.ids[EXAMPLE[0].entry.title]}"
    await page.goto(f"{site.url}{path.removeprefix('/')}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_all_text_can_be_read_in_light_and_dark(browser: Any, site: Site, scheme: str) -> None:
    async with visiting(browser, site, color_scheme=scheme) as page:
        for path in PAGES:
            await go(page, site, path)
            await page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
            looked, faint = await page.evaluate(TOO_FAINT)
            assert looked >= 10, path
            assert faint == [], path
        shade = await page.evaluate("parseInt(getComputedStyle(document.body).backgroundColor.slice(4))")
        assert shade < 80 if scheme == "dark" else shade > 200


@pytest.mark.parametrize("width", [320, 390])
async def test_nothing_is_wider_than_a_phone(browser: Any, site: Site, width: int) -> None:
    async with visiting(browser, site, viewport={"width": width, "height": 800}, is_mobile=True) as page:
        for path in PAGES:
            await go(page, site, path)
            await page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
            assert await page.evaluate("document.documentElement.scrollWidth") <= width, path


async def test_cards_stand_in_columns_on_a_desktop_and_in_one_on_a_phone(browser: Any, site: Site) -> None:
    for width, columns in ((1200, 2), (390, 1)):
        async with visiting(browser, site, viewport={"width": width, "height": 900}) as page:
            await go(page, site, "/tag/securitycooperation")
            lefts = await page.eval_on_selector_all(".card", "all => all.map(one => one.getBoundingClientRect().left)")
            assert len(set(lefts)) == columns


async def test_the_keyboard_reaches_everything_and_shows_where_it_is(browser: Any, site: Site) -> None:
    async with visiting(browser, site) as page:
        await go(page, site, "/country/jp")
        await page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
        there = await page.evaluate(
            "[...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, summary')].length"
        )
        walked = []
        for _ in range(there):
            await page.keyboard.press("Tab")
            at = await page.evaluate(FOCUSED)
            assert at["seen"], at
            assert at["ringed"], at
            walked.append(at)
        assert walked[0]["text"] == "Skip to the news"
        assert [at["text"] for at in walked[1:5]] == ["Dateline", "Latest", "Topics", "Sources"]
        await page.keyboard.press("Tab")
        assert (await page.evaluate(FOCUSED))["tag"] == "BODY", "that was all"


async def test_the_skip_link_leads_past_the_head(browser: Any, site: Site) -> None:
    async with visiting(browser, site) as page:
        await go(page, site, "/topics")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        assert await page.evaluate("document.activeElement.id") == "main"
        await page.keyboard.press("Tab")
        assert (await page.evaluate(FOCUSED))["href"] == "/topics"


async def test_a_reader_without_scripts_searches_filters_and_turns_pages(browser: Any, site: Site) -> None:
    async with visiting(browser, site, java_script_enabled=False) as page:
        await go(page, site, "/")
        await page.get_by_label("Search the news").fill("pact")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/search?q=pact")
        assert await page.locator(".card").count() == 1
        await go(page, site, "/tag/securitycooperation")
        await page.get_by_text("Filter", exact=True).click()
        await page.get_by_label("About").fill("Japan")
        await page.get_by_label("Language").fill("German")
        await page.get_by_role("button", name="Show").click()
        await page.wait_for_url("**/tag/securitycooperation?country=Japan&language=German")
        assert await page.locator(".card").count() == 1
        await page.get_by_text("Filter (2 set)").click()
        await page.get_by_role("link", name="Without filters").click()
        await page.wait_for_url("**/tag/securitycooperation")
        await page.get_by_role("link", name="Older", exact=True).click()
        await page.get_by_role("link", name="Newer", exact=True).click()
        assert "page 1 of 3" in await page.locator(".count").inner_text()


async def test_a_hostile_headline_is_shown_as_it_was_written(browser: Any, site: Site) -> None:
    async with visiting(browser, site) as page:
        await go(page, site, "/tag/securitycooperation")
        shown = HOSTILE.replace("\u202e", "").replace("\u202c", "")
        assert await page.get_by_role("link", name=shown).count() == 1
        assert await page.locator("script, [onmouseover], [onerror]").count() == 0


async def test_a_headline_from_right_to_left_stands_so(browser: Any, site: Site) -> None:
    async with visiting(browser, site) as page:
        await go(page, site, "/tag/ceasefire")
        headline = page.locator(".card h2 a")
        assert await headline.evaluate("node => getComputedStyle(node).direction") == "rtl"
