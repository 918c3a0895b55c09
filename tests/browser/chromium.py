"""A Chromium with Chinese characters: the one of this machine, or one that is installed on the way."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# What Debian and Ubuntu call the browser and characters for Chinese.
BROWSER = "chromium"
FONTS = "fonts-noto-cjk"

# Seconds that an installation may take.
PATIENCE = 600

# A character that no font has is drawn as a box, and all boxes are alike.
HAS_CHARACTERS = """() => {
  const drawn = character => {
    const canvas = document.createElement("canvas");
    const pen = canvas.getContext("2d");
    pen.font = "40px sans-serif";
    pen.fillText(character, 10, 50);
    return canvas.toDataURL();
  };
  return new Set([..."路灯井盖"].map(drawn)).size === 4;
}"""


class Missing(RuntimeError):
    """What this machine lacks, in a sentence."""


def launch(playwright):
    """A browser that shows Chinese."""
    browser = _start(playwright, found(playwright) or _installed(playwright))
    if _has_characters(browser):
        return browser
    browser.close()
    if not _package(FONTS):
        raise Missing(f"Chromium has no Chinese characters here, so no width is true: install {FONTS}.")
    browser = _start(playwright, found(playwright))
    if not _has_characters(browser):
        browser.close()
        raise Missing(f"Chromium shows no Chinese characters, though {FONTS} is installed.")
    return browser


def found(playwright):
    """The path of a Chromium of this machine, or nothing."""
    on_path = filter(None, map(shutil.which, NAMES))
    own = playwright.chromium.executable_path
    return next(on_path, None) or (own if os.path.exists(own) else None)


def _installed(playwright):
    """The path of a Chromium that is installed now."""
    # A package brings the libraries that the browser needs; a browser of playwright's does not.
    if not _package(BROWSER, FONTS):
        _quietly(sys.executable, "-m", "playwright", "install", "chromium")
    path = found(playwright)
    if not path:
        raise Missing(
            f"The browser test needs Chromium: install {BROWSER} and {FONTS}, or run it as root where apt-get works. "
            "Neither apt-get nor `playwright install chromium` could install it."
        )
    return path


def _package(*names):
    """Whether the package manager has installed packages; only root may."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    print("installing", *names, "by apt-get", flush=True)
    _quietly("apt-get", "update", "-qq")
    return _quietly("apt-get", "install", "-y", "-qq", "--no-install-recommends", *names)


def _quietly(*command):
    """Whether a command succeeds; prints what it said when it does not."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        print(*command, "did not end within", PATIENCE, "seconds", flush=True)
        return False
    if done.returncode:
        print(*command, "failed:", done.stdout.decode(errors="replace")[-2000:], flush=True)
    return done.returncode == 0


def _start(playwright, path):
    # Without a graphics card, drawing by an emulated one costs more than drawing without.
    options = ["--disable-dev-shm-usage", "--disable-gpu", "--disable-gpu-rasterization"]
    return playwright.chromium.launch(executable_path=path, args=options)


def _has_characters(browser):
    page = browser.new_page()
    try:
        return page.evaluate(HAS_CHARACTERS)
    finally:
        page.close()
