"""What is true of every page: its shape, its links, its weight, and that an old person can read and tap it."""

import unittest

from walk import walk

# Bytes of a first view without photos.
FIRST_VIEW = 60 * 1024


class BrowserTest(unittest.TestCase):
    """A test with a world, which run.py sets."""

    world = None

    def none(self, sentences):
        """Fails with all sentences that there are."""
        sentences = list(sentences)
        self.assertFalse(sentences, "\n" + "\n".join(sentences))


class EveryPageTest(BrowserTest):
    @classmethod
    def setUpClass(cls):
        cls.sights = walk(cls.world)

    def each(self, part):
        """What was found on every page, in a sentence each."""
        return (f"{sight.name}: {found}" for sight in self.sights for found in part(sight))

    def test_every_page_has_a_title_one_heading_and_a_language(self):
        for sight in self.sights:
            with self.subTest(sight.name):
                self.assertTrue(sight.shape["title"])
                self.assertEqual((sight.shape["headings"], sight.shape["mains"]), (1, 1))
                self.assertEqual(sight.shape["lang"], sight.lang)
                self.none(sight.shape["nameless"])
                self.none(sight.shape["undrawn"])

    def test_no_link_of_any_page_is_dead(self):
        self.none(self.each(lambda sight: sight.dead))

    def test_axe_finds_nothing_serious_in_any_mode(self):
        self.none(self.each(lambda sight: sight.axe))

    def test_no_page_scrolls_sideways_at_any_width_and_size_of_type(self):
        self.none(self.each(lambda sight: sight.sideways))

    def test_a_finger_meets_every_link_and_control(self):
        self.none(self.each(lambda sight: sight.targets))

    def test_the_first_view_of_every_page_is_light(self):
        self.none(f"{sight.name}: {sight.bytes}" for sight in self.sights if sight.bytes > FIRST_VIEW)

    def test_what_is_printed_has_no_navigation(self):
        self.none(self.each(lambda sight: sight.printed))
