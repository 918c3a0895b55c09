"""Pictures of every page, for people to look at: target/screens."""

import shutil

from cloud import ROOT
from test_pages import BrowserTest

FOLDER = ROOT / "target" / "screens"

# How a page is shown, and in which language.
WAYS = [(mode, lang) for mode in ("normal", "elder", "dark") for lang in ("zh", "en")]


class ScreensTest(BrowserTest):
    def test_every_page_is_drawn(self):
        shutil.rmtree(FOLDER, ignore_errors=True)
        for mode, lang in WAYS:
            folder = FOLDER / f"{mode}-{lang}"
            folder.mkdir(parents=True)
            for name, page in self.world.every_page(mode, lang):
                page.locator("img").evaluate_all("images => images.forEach(image => { image.loading = 'eager' })")
                page.wait_for_function("() => [...document.images].every(image => image.complete)")
                page.screenshot(path=folder / f"{name.split(',')[0]}.png", full_page=True)
                self.world.saw("screens drawn")
