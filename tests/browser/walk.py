"""One walk over every page in every way to read it: what is found on each is judged by the tests."""

import gzip
import shutil
from dataclasses import dataclass

import measure
from cloud import ROOT
from places import LANGUAGES, MODES, SIZES, WAYS, WIDTHS, places
from service import send

# Pictures of every page, for people to look at.
SCREENS = ROOT / "target" / "screens"

# Pixels of a side of what a finger meets; in large type of what a page is for.
TARGET = 44
MAIN_TARGET = 60


@dataclass
class Sight:
    """What one page shows in one way."""

    name: str
    lang: str
    shape: dict
    dead: list
    sideways: list
    targets: list
    axe: list
    printed: list
    bytes: int


def walk(world):
    """Every sight of the site."""
    shutil.rmtree(SCREENS, ignore_errors=True)
    return [sight for mode, lang in WAYS for sight in _read(world, mode, lang)]


def _read(world, mode, lang):
    """Every page, read in one way."""
    folder = SCREENS / f"{mode}-{lang}"
    with world.reader(mode, lang) as page:
        for place, (address, act) in places(world.seeds).items():
            page.goto(address)
            if act:
                act(page)
            yield _see(world, page, f"{place}, {mode}, {lang}", (mode, lang))
            page.screenshot(path=folder / f"{place}.png", full_page=True)
            world.saw("pages seen")


def _see(world, page, name, way):
    """The page that is open. Its window and its type are as before when it is left."""
    mode, lang = way
    is_elder, is_dark = MODES[mode]["elder"], MODES[mode]["dark"]
    page.locator("img").evaluate_all("images => images.forEach(image => { image.loading = 'eager' })")
    page.wait_for_function("() => [...document.images].every(image => image.complete)")
    targets = page.evaluate(measure.TARGETS, [TARGET, measure.EVERY_CONTROL])
    if is_elder:
        targets += page.evaluate(measure.TARGETS, [MAIN_TARGET, measure.MAIN_CONTROLS])
    return Sight(
        name,
        LANGUAGES[lang],
        page.evaluate(measure.SHAPE),
        page.evaluate(measure.BROKEN_ANCHORS) + list(_dead(world, page)),
        [] if is_dark else _sideways(page),
        targets,
        list(measure.findings(world.axe, page, is_elder, is_dark)) if lang == "zh" else [],
        _printed(page),
        _weight(page),
    )


def _dead(world, page):
    """The links that lead nowhere. Each is followed once, and at once: an address of a photo is good for minutes."""
    links = {link.split("#")[0] for link in page.evaluate(measure.LINKS)}
    if not (new := sorted(links - world.followed)):
        return
    world.followed |= links
    # With the page's cookies but apart from them: a switch of language or size would change how the walk goes on.
    apart = page.context.browser.new_context(storage_state=page.context.storage_state())
    for address in new:
        status = apart.request.get(address, max_redirects=5).status
        if status >= 400:
            yield f"{address}: {status}"
        world.saw("links followed")
    apart.close()


def _sideways(page):
    """What stands out of the window at any width and size of type."""
    found = []
    for width, size in ((width, size) for width in WIDTHS for size in SIZES):
        measure.resize(page, width, f"{size}px")
        found += [f"{width} px, type of {size} px: {what}" for what in page.evaluate(measure.SIDEWAYS)]
    measure.resize(page, 375, "")
    return found


def _printed(page):
    """What is on paper and should not be."""
    page.emulate_media(media="print")
    found = page.locator("header, footer, nav, button, .skip").filter(visible=True).evaluate_all(measure.SHOWN)
    if not page.locator("h1").is_visible():
        found.append("no heading")
    page.emulate_media(media="screen")
    return found


def _weight(page):
    """Bytes of the first view without photos, compressed as a front compresses it."""
    texts = [page.content(), *map(_text, page.evaluate(measure.PARTS))]
    return sum(len(gzip.compress(text.encode())) for text in texts)


# Style sheet and script are named by their content: each is fetched once.
_texts = {}


def _text(address):
    if address not in _texts:
        _texts[address] = send(address).text
    return _texts[address]
