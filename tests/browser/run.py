"""Runs the browser test (`make test-browser`) and says in one line what it saw; shows the cloud's log when it fails."""

import signal
import sys
import unittest

import chromium
import test_pages
import test_reading
import test_report
from world import running

ORDER = [
    test_report.WithoutScriptTest,
    test_report.WithScriptTest,
    test_report.HostileTest,
    test_reading.ReadingTest,
    test_pages.EveryPageTest,
]


def main():
    # Ends the test in the way Ctrl-C does, so that everything is stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with running() as world:
            return run(world)
    except chromium.Missing as missing:
        print(missing)
        return 1


def run(world):
    """The exit code."""
    test_pages.BrowserTest.world = world
    wanted = sys.argv[1:]
    load = unittest.TestLoader()
    load.testNamePatterns = [f"*{name}*" for name in wanted] or None
    suite = unittest.TestSuite(map(load.loadTestsFromTestCase, ORDER))
    result = unittest.TextTestRunner(verbosity=1).run(suite)
    if not result.wasSuccessful():
        print("--- local cloud", *world.cloud.log().splitlines()[-60:], sep="\n")
        return 1
    print("browser:", ", ".join(f"{number} {what}" for what, number in world.counts.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
