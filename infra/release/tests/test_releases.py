"""Releases in a bucket: a number is one content for ever, and an older one is deployed again."""

import sys
import unittest
import unittest.mock
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import deploy  # noqa: E402
import parameters  # noqa: E402
import releases  # noqa: E402
import versions  # noqa: E402
from cloud import CloudError  # noqa: E402
import test_deploy  # noqa: E402
from test_deploy import Scripted  # noqa: E402

run_with = test_deploy.Deployment.run_with
STEPS = [[1, "gives every case a color"], [2, "drops the old one"]]


class Kept(unittest.TestCase):
    def test_an_older_release_is_deployed_again_without_being_built(self):
        cloud = Scripted("UPDATE_COMPLETE")
        run_with(self, cloud, package="0.1.0")
        first = cloud.template
        run_with(self, cloud, package="0.2.0", code=b"newer")
        self.assertNotEqual(cloud.template, first)
        cloud.asked.clear()
        run_with(self, cloud, package="0.2.0", code=b"newer", version="0.1.0")
        self.assertEqual(cloud.template, first)
        self.assertIn("Release=0.1.0", cloud.values)
        self.assertIn("Architecture=arm64", cloud.values)

    def test_a_number_that_is_taken_is_not_given_to_another_content(self):
        cloud = Scripted("UPDATE_COMPLETE")
        run_with(self, cloud)
        kept = dict(cloud.kept)
        run_with(self, cloud)
        self.assertEqual(cloud.kept, kept)
        with self.assertRaisesRegex(CloudError, "keeps 0.2.0 with another content"):
            run_with(self, cloud, code=b"another")
        self.assertEqual(cloud.kept, kept)

    def test_a_release_that_nothing_keeps_is_refused(self):
        with self.assertRaisesRegex(CloudError, "keeps no release 0.0.9, and dist/ holds 0.2.0"):
            run_with(self, Scripted("UPDATE_COMPLETE"), version="0.0.9")

    def test_a_kept_template_that_was_changed_is_refused(self):
        cloud = Scripted("UPDATE_COMPLETE")
        run_with(self, cloud, package="0.1.0")
        cloud.kept["zhitiao/releases/0.1.0/template.yaml"] += b"# changed\n"
        with self.assertRaisesRegex(CloudError, "not the template of 0.1.0 any more"):
            run_with(self, cloud, version="0.1.0")

    def test_archives_that_are_not_those_of_the_package_are_refused(self):
        def spoil(folder, template):
            for path in folder.glob("*.zip"):
                path.write_bytes(b"half built")
            return packaged(folder, template)

        packaged = releases.packaged
        with unittest.mock.patch.object(releases, "packaged", spoil), self.assertRaisesRegex(CloudError, "make package"):
            run_with(self, Scripted("UPDATE_COMPLETE"))


class StoredData(unittest.TestCase):
    def test_the_steps_that_are_still_to_be_run_are_named_after_the_deployment(self):
        cloud = Scripted("UPDATE_COMPLETE")
        cloud.begun = 1
        printed = run_with(self, cloud, steps=STEPS)
        self.assertIn("zhitiao-operator migrate", printed)
        self.assertIn("2: drops the old one", printed)
        self.assertNotIn("gives every case", printed)

    def test_a_release_that_does_not_know_the_stored_data_is_not_deployed(self):
        cloud = Scripted("UPDATE_COMPLETE")
        cloud.begun = 3
        with self.assertRaisesRegex(CloudError, "at step 3 and 0.2.0 knows them up to 2"):
            run_with(self, cloud, steps=STEPS)
        self.assertNotIn("cp", cloud.asked)
        with self.assertRaisesRegex(CloudError, "reads them from 2 on"):
            releases.refuse_data("0.3.0", needs=2, data=2, stored=1)

    def test_the_steps_are_read_from_the_code(self):
        source = 'const STEPS: &[Step] = &[\n    Step { number: 1, says: "colors" },\n];\npub const NEEDS: u32 = 1;\n'
        self.assertEqual(releases.data_known(source), (1, [[1, "colors"]]))
        real = (deploy.ROOT / "shared/store/src/schema.rs").read_text("utf-8")
        self.assertEqual(len(releases.data_known(real)[1]), int(real.split("SCHEMA: u32 = ")[1].split(";")[0]))


class Numbers(unittest.TestCase):
    def test_a_number_has_its_form_and_its_section(self):
        self.assertEqual(releases.numbered("0.2.0", "## 0.2.0\n"), "0.2.0")
        self.assertEqual(releases.numbered("0.2.0-rc.1", "## 0.2.0 (2026-12-01)\n"), "0.2.0-rc.1")
        for number, changelog in (("next", "## next\n"), ("0.3.0", "## 0.2.0\n"), ("0.2.0", "## 0.2.01\n")):
            with self.assertRaises(CloudError):
                releases.numbered(number, changelog)

    def test_releases_follow_each_other_by_their_numbers(self):
        numbers = ["0.2.0-rc.1", "0.2.0", "0.9.0", "0.10.0"]
        self.assertEqual(sorted(reversed(numbers), key=versions.order), numbers)

    def test_a_revision_follows_from_all_that_is_not_secret(self):
        known = {"LogLevel": {"Default": "info"}, "Robot": {"NoEcho": "true"}, "Revision": {"Default": "0"}}

        def revision(given, current=None):
            return parameters.revised(given, known, current)["Revision"]

        self.assertEqual(revision({}), revision({"LogLevel": "info"}, {"Robot": "****", "Revision": "1"}))
        self.assertNotEqual(revision({}), revision({"LogLevel": "debug"}))
        self.assertEqual(revision({}), revision({"Robot": "secret"}))
        self.assertEqual(parameters.revised({"A": "1"}, {"A": {}}, None), {"A": "1"})

    def test_parameters_are_not_changed_while_the_functions_run_another_release(self):
        living = Scripted("UPDATE_COMPLETE").living | {"Release": "0.2.0"}
        with self.assertRaisesRegex(CloudError, "turned back to 0.1.0 and the stack has 0.2.0"):
            run_with(self, Scripted("UPDATE_COMPLETE", living=living), "RouteRate=5", parameters_only=True)
        run_with(self, Scripted("UPDATE_COMPLETE", living=living | {"Release": "0.1.0"}), "RouteRate=5", parameters_only=True)


class Canary(unittest.TestCase):
    def test_after_a_rollback_the_stack_is_brought_in_line_at_once_and_otherwise_by_a_tenth_first(self):
        living = Scripted("UPDATE_COMPLETE").living | {"Release": "0.2.0"}
        for runs, is_off in (("0.1.0", True), ("0.2.0", False)):
            cloud = Scripted("UPDATE_COMPLETE", living=living)
            cloud.runs = runs
            printed = run_with(self, cloud)
            self.assertEqual(("Canary=false" in cloud.values, "Canary is off" in printed), (is_off, is_off))


if __name__ == "__main__":
    unittest.main()
