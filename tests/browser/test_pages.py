"""What is true of every page: its shape, its links, its weight, and that an old person can read and tap it."""

import gzip
import unittest

import measure
from places import LANGUAGES, MODES, SIZES, WIDTHS
from service import send

# Bytes of a first view without photos, compressed as a front compresses it.
FIRST_VIEW = 60 * 1024

# A dark page has the boxes of a light one.
WAYS = [(mode, lang) for mode in ("normal", "elder") for lang in LANGUAGES]

# Pixels of a side of what a finger meets; in large type of what a page is for.
TARGET = 44
MAIN_TARGET = 60


class BrowserTest(unittest.TestCase):
    """A test with a world, which run.py sets."""

    world = None

    def none(self, sentences, about=""):
        """Fails with all sentences that there are."""
        sentences = list(sentences)
        self.assertFalse(sentences, f"{about}\n" + "\n".join(sentences))


class EveryPageTest(BrowserTest):
    def test_every_page_has_a_title_one_heading_and_a_language(self):
        for lang, tag in LANGUAGES.items():
            for name, page in self.world.every_page(lang=lang):
                with self.subTest(name):
                    shape = page.evaluate(measure.SHAPE)
                    self.assertTrue(shape["title"])
                    self.assertEqual((shape["headings"], shape["mains"]), (1, 1))
                    self.assertEqual(shape["lang"], tag)
                    self.none(shape["nameless"])

    def test_no_link_of_any_page_is_dead(self):
        addresses = {}
        for name, page in self.world.every_page():
            with self.subTest(name):
                self.none(page.evaluate(measure.BROKEN_ANCHORS))
            for address in page.evaluate(measure.LINKS):
                addresses.setdefault(address.split("#")[0], name)
        with self.world.reader() as page:
            for address, name in addresses.items():
                with self.subTest(f"{address} on {name}"):
                    answer = page.request.get(address)
                    self.assertLess(answer.status, 400)
        self.world.saw("links followed", len(addresses))

    def test_axe_finds_nothing_serious_in_any_mode(self):
        for mode, how in MODES.items():
            for name, page in self.world.every_page(mode):
                with self.subTest(name):
                    self.none(measure.findings(self.world.axe, page, how["elder"]))

    def test_no_page_scrolls_sideways_at_any_width_and_size_of_type(self):
        for mode, lang in WAYS:
            for name, page in self.world.every_page(mode, lang):
                for width, size in ((width, size) for width in WIDTHS for size in SIZES):
                    measure.resize(page, width, size)
                    with self.subTest(name, width=width, size=size):
                        self.none(page.evaluate(measure.SIDEWAYS))

    def test_a_finger_meets_every_link_and_control(self):
        for mode, lang in WAYS:
            for name, page in self.world.every_page(mode, lang):
                with self.subTest(name):
                    self.none(page.evaluate(measure.TARGETS, [TARGET, measure.EVERY_CONTROL]))
                    if MODES[mode]["elder"]:
                        self.none(page.evaluate(measure.TARGETS, [MAIN_TARGET, measure.MAIN_CONTROLS]))

    def test_the_first_view_of_every_page_is_light(self):
        for lang in LANGUAGES:
            for name, page in self.world.every_page(lang=lang):
                parts = page.evaluate("() => [...document.querySelectorAll('link[href], script[src]')].map(e => e.href || e.src)")
                texts = [page.content(), *(send(part).text for part in parts)]
                with self.subTest(name):
                    self.assertLess(sum(len(gzip.compress(text.encode())) for text in texts), FIRST_VIEW)

    def test_what_is_printed_has_no_navigation(self):
        for name, page in self.world.every_page():
            page.emulate_media(media="print")
            with self.subTest(name):
                self.assertFalse(page.locator("header, footer, nav, button, .skip").filter(visible=True).count())
                self.assertTrue(page.locator("h1").is_visible())

    def test_every_page_sets_the_policies_that_browsers_keep(self):
        with self.world.reader() as page:
            answer = page.request.get("/report", headers={"Accept": "text/html"})
        policy = answer.headers["content-security-policy"]
        self.assertIn("default-src 'none'", policy)
        self.assertNotIn("unsafe", policy)
