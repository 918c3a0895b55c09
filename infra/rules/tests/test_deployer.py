"""The deployer's policy names actions that IAM has, by the list that cfn-lint brings."""

import fnmatch
import json
import sys
import unittest
from pathlib import Path

import cfnlint

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "release"))

import deployer_policy  # noqa: E402

LIST = Path(cfnlint.__file__).parent / "data/AdditionalSpecs/Policies.json"


class Actions(unittest.TestCase):
    def test_every_action_exists(self):
        services = json.loads(LIST.read_text("utf-8"))
        known = [f"{name}:{action}".lower() for name, one in services.items() for action in one.get("Actions", ())]
        self.assertGreater(len(known), 10000)
        wanted = {action for actions, _, _ in deployer_policy.STATEMENTS.values() for action in actions.split()}
        missing = sorted(one for one in wanted if not fnmatch.filter(known, one.lower()))
        self.assertEqual(missing, [])


if __name__ == "__main__":
    unittest.main()
