"""The template is what its parts say, and a part that says too little is refused with a sentence."""

import json
import sys
import textwrap
import unittest
from pathlib import Path

import yaml

FOLDER = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(FOLDER))

import build  # noqa: E402
import data  # noqa: E402
import functions as functions_of  # noqa: E402
import routes  # noqa: E402
import watch  # noqa: E402
from functions import Function, Unclear  # noqa: E402
from parts import part, read  # noqa: E402
from shapes import shape, with_tags  # noqa: E402


class Plain(yaml.SafeLoader):
    """YAML with the tags of CloudFormation as plain values: `!Ref X` is {"!Ref": "X"}."""


def _tagged(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        return {f"!{suffix}": loader.construct_scalar(node)}
    return {f"!{suffix}": loader.construct_sequence(node, deep=True)}


Plain.add_multi_constructor("!", _tagged)


def parsed(texts):
    """The resources in some texts."""
    return yaml.load("\n".join(texts), Plain)


def function(name, text):
    """A function by what its file says."""
    return Function(name, read(textwrap.dedent(text)))


SENDER = """
    does: Sends what waits.
    timeout: 30
    variables: [CASES_TABLE]
    rights:
      # Why it may.
      ReadCases: { on: CasesTable, do: [GetItem], of: [$#case-id, $#SENT#*] }
    queue: { batch: 10, at-once: 5, times: 4 }
    dead-letters: keys of deliveries
    alarms:
      SenderDeadLetters:
        says: Something was given up.
        metric: ApproximateNumberOfMessagesVisible of ChannelSenderDeadLetters
        when: Maximum of 60 s > 0
        urgent: true
"""
DESK = """
    does: Answers.
    variables: []
    routes: [/v1/desk/, /v1/reports]
    rights: {}
"""


class Written(unittest.TestCase):
    """infra/template.yaml."""

    def test_the_template_is_what_its_parts_say(self):
        self.assertIsNone(build.main(["--check"]))

    def test_it_says_who_wrote_it(self):
        self.assertTrue(build.TEMPLATE.read_text("utf-8").startswith("# Generated: edit infra/template/"))

    def test_a_function_is_one_file(self):
        folders = {path.name for path in (FOLDER.parents[1] / "functions").iterdir() if path.is_dir()}
        self.assertEqual({one.name for one in functions_of.load()}, folders)

    def test_the_dashboard_is_json_and_shows_every_function_and_alarm(self):
        resources = yaml.load(build.built(), Plain)["Resources"]
        body, sentences = resources["Dashboard"]["Properties"]["DashboardBody"]["!Sub"]
        self.assertTrue(json.loads(body)["widgets"])
        # What is put into the JSON must not break it.
        for sentence in sentences["Backup"]["!If"][1:]:
            self.assertTrue(json.loads(body.replace("${Backup}", str(sentence)))["widgets"])
        for name, resource in resources.items():
            if resource["Type"] in ("AWS::Serverless::Function", "AWS::CloudWatch::Alarm"):
                self.assertIn(f"${{{name}", body, name)


class AFunctionBehindAQueue(unittest.TestCase):
    """What the file of a function becomes."""

    def setUp(self):
        self.sender = function("channel-sender", SENDER)
        self.resources = parsed(functions_of.resources(self.sender, {}))

    def properties(self, name):
        return self.resources[name]["Properties"]

    def test_it_has_role_logs_queue_mapping_and_dead_letters(self):
        kinds = ["Function", "Role", "Logs", "DeadLetters", "Queue", "Mapping"]
        self.assertEqual(set(self.resources), {f"ChannelSender{kind}" for kind in kinds})

    def test_a_message_is_hidden_for_six_times_the_time_of_the_function(self):
        self.assertEqual(self.properties("ChannelSenderQueue")["VisibilityTimeout"], 180)
        self.assertEqual(self.properties("ChannelSenderQueue")["RedrivePolicy"]["maxReceiveCount"], 4)

    def test_its_dead_letters_take_from_its_queue_alone(self):
        allowed = self.properties("ChannelSenderDeadLetters")["RedriveAllowPolicy"]
        self.assertEqual(allowed["redrivePermission"], "byQueue")
        self.assertTrue(allowed["sourceQueueArns"][0]["!Sub"].endswith("${AWS::StackName}-channel-sender"))

    def test_a_right_names_actions_a_table_and_partitions(self):
        statements = self.properties("ChannelSenderRole")["Policies"][0]["PolicyDocument"]["Statement"]
        self.assertEqual(
            statements[0],
            {
                "Sid": "ReadCases", "Effect": "Allow", "Action": "dynamodb:GetItem",
                "Resource": {"!GetAtt": "CasesTable.Arn"},
                "Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [
                    {"!Sub": "${District}#????????"}, {"!Sub": "${District}#SENT#*"}]}},
            },
        )
        self.assertEqual([one["Sid"] for one in statements[1:]], ["TakeWork", "OpenKey", "WriteLogs", "WriteTraces"])

    def test_its_dead_letters_are_watched_once(self):
        groups = watch.Groups([self.sender], {})
        self.assertEqual(list(groups.metrics({"dead-letters": ["ApproximateNumberOfMessagesVisible"]})), [])
        self.assertEqual(len(list(groups.of_functions({"all-dead-letters": "ApproximateNumberOfMessagesVisible"}))), 1)


class ShortForms(unittest.TestCase):
    """Routes, alarms, tags."""

    def test_a_route_is_named_by_its_path(self):
        for path, name in (
            ("/v1/desk/me", "DeskMe"), ("/v1/desk/cases/{number}", "DeskCase"), ("/v1/board/cases", "BoardCases"),
            ("/v1/desk/cases/{number}/finish-part", "DeskFinishPart"), ("/v1/directory/staff/{id}", "DirectoryStaff"),
        ):
            self.assertEqual(routes.named(path), name)

    def test_staff_sign_in_where_the_description_says_so(self):
        described = [("GET", "/v1/desk/me", "who_am_i", False), ("POST", "/v1/reports", "submit_report", True)]
        made = parsed(routes.resources([function("desk", DESK)], described))
        self.assertEqual(made["DeskMeRoute"]["Properties"]["AuthorizerId"], {"!Ref": "StaffAuthorizer"})
        self.assertEqual(made["ReportsRoute"]["Properties"]["AuthorizationType"], "NONE")
        self.assertNotIn("AuthorizerId", made["ReportsRoute"]["Properties"])

    def test_an_alarm_on_too_little_goes_off_in_silence(self):
        for when, silence in (("Sum of 60 s < 1", "breaching"), ("Sum of 60 s > 1", "notBreaching")):
            says = {"says": "Words.", "metric": "Errors of XFunction", "when": when}
            text = f"X:\n  says: Words.\n  metric: Errors of XFunction\n  when: {when}\n"
            found = [("XAlarm", read(text)["X"], None)]
            made = parsed(watch.resources(found, watch.Groups([], {})))["XAlarm"]["Properties"]
            self.assertEqual(made["TreatMissingData"], silence, says)
            self.assertEqual(made["AlarmActions"], [{"!Ref": "AlarmTopic"}])

    def test_tags_stand_where_a_type_takes_them_and_has_none(self):
        topic = "T:\n  Type: AWS::SNS::Topic\n  Properties:\n    TopicName: x\n"
        self.assertIn("application", with_tags(topic))
        own = topic + "    Tags: []\n"
        self.assertEqual(with_tags(own), own)
        policy = topic.replace("SNS::Topic", "SNS::TopicPolicy")
        self.assertEqual(with_tags(policy), policy)

    def test_a_line_without_its_place_goes(self):
        with_it, without = (shape("partitions", keys="a: 1"), shape("look", **dict.fromkeys(
            ("comment", "dimensions", "reason", "statistic", "period", "metric"), None), namespace="N"))
        self.assertIn("a: 1", with_it)
        self.assertEqual(without, "Namespace: N\n")


class Refused(unittest.TestCase):
    """A part from which no template follows."""

    def refuses(self, sentence, call):
        with self.assertRaisesRegex(Unclear, sentence):
            call()

    def test_a_function_that_says_what_nothing_reads(self):
        self.refuses("says memry", lambda: function("x", DESK + "    memry: 512\n"))

    def test_a_function_that_parks_failures_nowhere(self):
        text = DESK + "    retries: { times: 0, within: 60 }\n"
        self.refuses("functions/x.yaml parks failures nowhere", lambda: function("x", text))

    def test_an_unknown_variable(self):
        text = DESK.replace("[]", "[NOTHING]")
        self.refuses("asks for NOTHING", lambda: list(functions_of.resources(function("x", text), {})))

    def test_a_right_without_actions(self):
        text = DESK.replace("rights: {}", "rights: { Read: { on: CasesTable } }")
        self.refuses("Read has on", lambda: list(functions_of.resources(function("x", text), {})))

    def test_an_operation_that_no_function_serves(self):
        described = [("GET", "/v2/new", "new", True)]
        self.refuses("no function serves /v2/new", lambda: list(routes.resources([function("x", DESK)], described)))

    def test_two_routes_of_one_name(self):
        described = [("GET", "/v1/desk/me", "read", False), ("PUT", "/v1/desk/me", "put", False)]
        self.refuses("DeskMeRoute", lambda: list(routes.resources([function("x", DESK)], described)))

    def test_a_name_for_no_operation(self):
        text = DESK + "    names: { gone: Gone }\n"
        self.refuses("names gone", lambda: list(routes.resources([function("x", text)], [])))

    def test_an_alarm_that_says_no_bound(self):
        says = read("X:\n  says: Words.\n  metric: Errors\n  when: often\n")["X"]
        self.refuses("XAlarm says `when: often`", lambda: list(watch.resources([("XAlarm", says, None)], None)))

    def test_a_resource_of_no_kind(self):
        entry = part("data.yaml")[0]
        entry.text = "Odd:\n  size: 3\n"
        entry.name = "Odd"
        self.refuses("Odd has no Type", lambda: list(data.resources([entry])))


if __name__ == "__main__":
    unittest.main()
