"""Take the web pages' pictures: ``python docs/web_pictures.py`` (needs playwright and Debian's chromium).

Runs the demo as a user would, waits until two outlets tell a story, and writes docs/images/web-*.png.
"""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import sys
from pathlib import Path

from playwright.async_api import Browser, async_playwright

IMAGES = Path(__file__).parent / "images"
ARGUMENTS = ["--no-sandbox", "--disable-background-networking"]
DESKTOP, PHONE = {"width": 1180, "height": 900}, {"width": 390, "height": 844}
STORY = "h2#top + ol a"


def start() -> tuple[subprocess.Popen[str], str]:
    demo = subprocess.Popen(
        [sys.executable, "-u", "-m", "bot", "demo", "--offline"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=IMAGES.parents[1],
    )
    assert demo.stdout is not None
    for line in demo.stdout:
        if found := re.search(r"web pages: (http://127\.0\.0\.1:\d+/)", line):
            return demo, found[1]
    raise SystemExit("the demo gave no address of its web pages")


async def shoot(browser: Browser, url: str, name: str, *, phone: bool, scheme: str) -> None:
    context = await browser.new_context(
        viewport=PHONE if phone else DESKTOP,  # type: ignore[arg-type]
        color_scheme=scheme,  # type: ignore[arg-type]
        device_scale_factor=2 if phone else 1,
    )
    page = await context.new_page()
    await page.goto(url)
    await page.screenshot(path=IMAGES / f"web-{name}.png")
    await context.close()


async def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    demo, url = start()
    try:
        async with async_playwright() as browsers:
            browser = await browsers.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
            page = await browser.new_page()
            for _ in range(60):  # until a second outlet has told a story, and the front page was made anew
                await page.goto(url)
                if await page.locator(STORY).count():
                    break
                await asyncio.sleep(5)
            story = await page.locator(STORY).first.get_attribute("href")
            assert story is not None
            tag = f"{url}tag/securitycooperation"
            await shoot(browser, tag, "tag", phone=False, scheme="light")
            await shoot(browser, url, "front-dark", phone=False, scheme="dark")
            await shoot(browser, tag, "tag-phone", phone=True, scheme="light")
            await shoot(browser, f"{url}{story.lstrip('/')}", "story-phone-dark", phone=True, scheme="dark")
            await browser.close()
    finally:
        demo.send_signal(signal.SIGINT)
        demo.wait(20)


if __name__ == "__main__":
    asyncio.run(main())
