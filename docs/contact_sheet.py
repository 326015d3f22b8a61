"""Make docs/images/contact-sheet.png, all faces of the bot on one page: ``python -m docs.contact_sheet``.

Takes the pictures of `docs.pictures` anew as wide as a phone, and puts them beside those that lie in docs/images (made
by `docs.screenshots`, `docs.pictures` and `docs/web_pictures.py`). simcord draws Discord's dark theme alone; the web
pages are shown in both. Needs Debian's chromium.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

from PIL import Image

from docs import pictures

IMAGES = Path(__file__).parent / "images"
DESKTOP = (
    ("news", "/news topic:securitycooperation"),
    ("top", "/top"),
    ("timeline", "/story"),
    ("country", "/country"),
    ("trends", "/trends"),
    ("map", "/map"),
    ("compare", "/compare"),
    ("setup", "/setup"),
    ("story", "an alert that has grown, and /why"),
    ("digest", "a digest"),
    ("forum", "a forum's post"),
    ("follow", "a follow, by direct message"),
    ("german", "/news in German"),
    ("japanese", "in Japanese"),
    ("arabic", "in Arabic"),
    ("alert-german", "/settings and an alert in German"),
    ("help-spanish", "/help in Spanish"),
    ("setup-ukrainian", "/setup in Ukrainian"),
    ("web-tag", "in a browser, light"),
    ("web-front-dark", "in a browser, dark"),
)
PHONE = (
    ("top", "/top on a phone"),
    ("country", "/country on a phone"),
    ("trends", "/trends on a phone"),
    ("setup", "/setup on a phone"),
)
WEB_PHONE = (("web-tag-phone", "a web page on a phone"), ("web-story-phone-dark", "a story on the web, dark"))
PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 24px; background: #f3f3f0; font: 15px sans-serif; color: #222 }}
section {{ display: grid; gap: 20px; margin-bottom: 24px }}
.desktop {{ grid-template-columns: repeat(4, 1fr) }} .phone {{ grid-template-columns: repeat(6, 1fr) }}
figure {{ margin: 0 }} figcaption {{ margin-bottom: 6px; font-weight: bold }}
.desktop img {{ width: 100%; height: 400px; object-fit: cover; object-position: top right }}
.phone img {{ width: 100%; height: 560px; object-fit: cover; object-position: top }}
</style><section class="desktop">{desktop}</section><section class="phone">{phone}</section>"""


def figure(path: Path, caption: str) -> str:
    side = "left" if path.name.startswith("web") else "right"  # to simcord's left is the list of messages
    shown = f'<img src="{path.as_uri()}" style="object-position: top {side}">'
    return f"<figure><figcaption>{caption}</figcaption>{shown}</figure>"


async def main() -> None:
    os.environ["WIDTH"] = "430"
    with tempfile.TemporaryDirectory() as folder:
        pictures.IMAGES = Path(folder)
        await pictures.take([name for name, _ in PHONE])
        desktop = [figure(IMAGES / f"{name}.png", caption) for name, caption in DESKTOP]
        phone = [figure(Path(folder) / f"{name}.png", caption) for name, caption in PHONE]
        phone += [figure(IMAGES / f"{name}.png", caption) for name, caption in WEB_PHONE]
        page = Path(folder) / "sheet.html"
        page.write_text(PAGE.format(desktop="".join(desktop), phone="".join(phone)), "utf-8")
        command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files"]
        command += ["--window-size=1900,2900", f"--screenshot={IMAGES / 'contact-sheet.png'}", page.as_uri()]
        quiet = asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(*command, stdout=quiet, stderr=quiet)
        await asyncio.wait_for(process.wait(), 60)
    with Image.open(IMAGES / "contact-sheet.png") as sheet:
        sheet.quantize(256).save(IMAGES / "contact-sheet.png", optimize=True)


if __name__ == "__main__":
    asyncio.run(main())
