"""Take the README's screenshots: ``python docs/screenshots.py`` (needs playwright and Debian's chromium).

Runs the demo as a user would, drives its page in a real browser, and writes docs/images/*.png.
"""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import sys
from pathlib import Path

from playwright.async_api import Page, async_playwright

IMAGES = Path(__file__).parent / "images"
ARGUMENTS = ["--no-sandbox", "--disable-background-networking"]


def start() -> tuple[subprocess.Popen[str], str]:
    demo = subprocess.Popen(
        [sys.executable, "-u", "-m", "bot", "demo", "--offline"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=IMAGES.parents[1],
    )
    assert demo.stdout is not None
    for line in demo.stdout:
        if found := re.search(r"http://127\.0\.0\.1:\S+", line):
            return demo, found[0]
    raise SystemExit("the demo gave no address")


async def shoot(page: Page, name: str) -> None:
    await page.wait_for_timeout(500)
    await page.screenshot(path=IMAGES / f"{name}.png")


async def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    demo, url = start()
    try:
        async with async_playwright() as browsers:
            browser = await browsers.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
            page = await browser.new_page(viewport={"width": 1180, "height": 1010})
            await page.goto(url)
            await page.wait_for_timeout(2_000)
            await shoot(page, "news")
            phone = await browser.new_page(viewport={"width": 400, "height": 860})
            await phone.goto(url)
            await phone.wait_for_timeout(2_000)
            await shoot(phone, "phone")
            await phone.close()
            await page.get_by_text("jump to latest").click(timeout=30_000)
            await page.wait_for_timeout(1_500)
            await shoot(page, "alert")
            box = page.get_by_role("textbox").last
            await box.click()
            await box.type("/news", delay=60)
            await page.wait_for_timeout(1_200)
            await shoot(page, "picker")
            await browser.close()
    finally:
        demo.send_signal(signal.SIGINT)
        demo.wait(20)


if __name__ == "__main__":
    asyncio.run(main())
