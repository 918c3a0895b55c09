"""Runs the deployment test (`make test-deploy`) and says in one line what it saw; shows all logs when it fails."""

import signal
import sys
import unittest

import test_copies
import test_deployment
import test_manual
import test_operations
from world import running

# A quiet stack needs its minute until a schedule fires: it is deployed first and looked at late. What was given up
# lies in its queue only after all tries.
ORDER = [
    test_deployment.SettingsTest,
    test_deployment.BehaviorTest,
    test_deployment.TemplateFaultsTest,
    test_operations.StoryTest,
    test_operations.RotationTest,
    test_operations.RollbackTest,
    test_operations.AdoptionTest,
    test_operations.FailedCreationTest,
    test_manual.TenMinutesTest,
    test_copies.DrillTest,
    test_copies.ResidentTest,
    test_copies.HandoverTest,
    test_deployment.QuietStackTest,
    test_deployment.LeftBehindTest,
]


def main(names=()):
    """Runs all tests, or those classes of which a name is given."""
    # Ends the test in the way Ctrl-C does, so that everything is stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with running() as world:
        test_deployment.DeploymentTest.world = world
        if not names or test_deployment.QuietStackTest.__name__ in names:
            world.quiet()
        load = unittest.defaultTestLoader.loadTestsFromTestCase
        wanted = [test for test in ORDER if not names or test.__name__ in names]
        result = unittest.TextTestRunner(verbosity=1).run(unittest.TestSuite(map(load, wanted)))
        if not result.wasSuccessful():
            world.show_logs()
            return 1
        print("deployment:", ", ".join(f"{number} {what}" for what, number in world.counts.items()))
        return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
