"""Each rule on tiny templates of its own, and on the real template with one defect at a time."""

import json
import logging
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from cfnlint.core import run_checks
from cfnlint.decode.decode import decode_str
from cfnlint.rules import RulesCollection

TESTS = Path(__file__).resolve().parent
RULES = TESTS.parent
ROOT = RULES.parents[1]
TEMPLATE = ROOT / "infra/template.yaml"


def setUpModule():
    # SAM warns that its metrics are not collected.
    logging.disable(logging.WARNING)


def findings(name, template, rules):
    """What the rules say, as [(rule id, sentence)]; a rule that breaks is reported by cfn-lint as E0002."""
    return [(match.rule.id, match.message) for match in run_checks(str(name), template, rules, ["cn-north-1"])]


def house_rules():
    """All rules of this folder, as cfn-lint loads them."""
    rules = RulesCollection()
    rules.create_from_directory(str(RULES))
    return rules


class TinyTemplates(unittest.TestCase):
    """templates/<rule>.yaml: the first template passes the rule, each further one fails it at `Faulty`."""

    def test_each_rule_has_templates(self):
        ids = {rule.id for rule in house_rules()}
        self.assertEqual(ids, {path.stem for path in (TESTS / "templates").glob("*.yaml")})

    def test_each_rule_passes_and_fails(self):
        rules = house_rules()
        for path in sorted((TESTS / "templates").glob("*.yaml")):
            sound, *faulty = path.read_text("utf-8").split("\n---\n")
            self.assertTrue(faulty, path.stem)
            self.assertEqual(self.said(path, sound, rules), [], path.stem)
            for text in faulty:
                said = self.said(path, text, rules)
                self.assertTrue(said, f"{path.stem} passes:\n{text}")
                for sentence in said:
                    self.assertIn("faulty", sentence.lower(), path.stem)

    def said(self, path, text, rules):
        template, errors = decode_str(text)
        self.assertFalse(errors, path.stem)
        found = findings(path, template, rules)
        self.assertNotIn("E0002", dict(found), path.stem)
        return [sentence for rule, sentence in found if rule == path.stem]


class Defects(unittest.TestCase):
    """The real template is sound, and each defect of defects.py is found."""

    @classmethod
    def setUpClass(cls):
        cls.rules = house_rules()
        cls.sound = json.dumps(decode_str(TEMPLATE.read_text("utf-8"))[0])

    def test_the_template_is_sound(self):
        for template in (json.loads(self.sound), after_sam(self.sound)):
            self.assertEqual(findings(TEMPLATE, template, self.rules), [])

    def test_each_defect_is_found(self):
        for rule, resource, spoil in defects():
            with self.subTest(rule=rule, resource=resource):
                template = json.loads(self.sound)
                spoil(template)
                self.assert_found(rule, resource, template)
                # All but functions goes through the transform as it is.
                if resource.endswith("Function"):
                    self.assert_found(rule, resource, after_sam(json.dumps(template)))

    def test_of_the_defects_that_were_seeded_95_of_100_are_found(self):
        """By any rule, in a sentence that names the resource; the rest is listed."""
        missed = []
        for number, (resource, spoil) in enumerate(seeded()):
            template = json.loads(self.sound)
            spoil(template)
            said = findings(TEMPLATE, template, self.rules)
            self.assertNotIn("E0002", dict(said), number)
            if not any(resource in sentence for _, sentence in said):
                missed.append(f"{number}: {resource}")
        self.assertLessEqual(len(missed), len(seeded()) * 0.05, missed)

    def assert_found(self, rule, resource, template):
        alone = RulesCollection()
        alone.register(self.rules.all_rules[rule])
        found = findings(TEMPLATE, template, alone)
        self.assertTrue(any(id_ == rule and resource in sentence for id_, sentence in found), found)
        self.assertNotIn("E0002", dict(found))

    def test_every_rule_finds_a_defect_of_the_template(self):
        # Only a queue of work can be too hasty, and the template has none so far.
        never = {"E9606"}
        self.assertEqual({rule.id for rule in self.rules} - never, {rule for rule, _, _ in defects()})

    def test_a_deployment_reads_the_parameters_as_yaml_does(self):
        """infra/release/parameters.py reads the template without a reader of YAML."""
        sys.path.insert(0, str(ROOT / "infra/release"))
        import parameters

        plain = {
            name: {key: [str(one) for one in value] if isinstance(value, list) else str(value) for key, value in one.items()}
            for name, one in json.loads(self.sound)["Parameters"].items()
        }
        read = parameters.declared(TEMPLATE.read_text("utf-8"))
        for one in (*plain.values(), *read.values()):
            one.pop("Description", None)
            if "NoEcho" in one:
                one["NoEcho"] = one["NoEcho"].lower()
        self.assertEqual(read, plain)

    def test_the_linter_fails_and_says_why(self):
        text = TEMPLATE.read_text("utf-8").replace("BisectBatchOnFunctionError: true", "BisectBatchOnFunctionError: false")
        with tempfile.TemporaryDirectory() as folder:
            for part in ("functions", "shared", "docs", "infra"):  # The rules look for them beside the template.
                Path(folder, part).symlink_to(ROOT / part)
            copy = Path(folder, "template.yaml")
            copy.write_text(text, "utf-8")
            linter = Path(sys.executable).with_name("cfn-lint")
            command = [linter, "--append-rules", str(RULES), "--", str(copy)]
            linted = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertNotEqual(linted.returncode, 0)
        said = [line for line in linted.stdout.splitlines() if line[:1] in "EWI" and line[1:2].isdigit()]
        sentence = "NotifierStream gives up a whole batch for one record: set BisectBatchOnFunctionError: true."
        self.assertEqual(said, [f"E9204 {sentence}"])


def defects():
    sys.path.insert(0, str(TESTS))
    # Only here: cfn-lint reads this folder too when it looks for rules.
    from defects import DEFECTS
    from more_defects import MORE_DEFECTS

    return [*DEFECTS, *MORE_DEFECTS]


def seeded():
    sys.path.insert(0, str(TESTS))
    from seeded_defects import SEEDED

    return SEEDED


def after_sam(text):
    """A template of JSON after the SAM transform."""
    sys.path.insert(0, str(ROOT / "infra"))
    from transform import transformed

    return transformed(json.loads(text))


if __name__ == "__main__":
    unittest.main()
