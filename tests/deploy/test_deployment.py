"""The template, deployed by CloudFormation's rules into an emulator that knows nothing of this project.

`make run` and the other tests read the template by a reader of our own; this is the second opinion. What exists is
compared with the transformed template, setting by setting, and used over HTTP. Nothing here lists what the template
has: a new route, function, alarm or variable is covered as soon as it stands there.

What this cannot see, because the emulator does not do it (ministack 1.5.33):

* It does not keep the settings in `NOT_KEPT` of settings.py: expiry, recovery and encryption of tables; encryption,
  lifecycle and tags of buckets; which characters a generated secret avoids.
* It checks no IAM policy and no permission of a function: that they say what the template says is compared, that they
  suffice is not seen. infra/rules and the recorder of the local cloud judge them.
* It answers no preflight by the API's CORS setting, throttles no route and writes no access log.
* It has no metric math: of an alarm on several metrics only the first is seen.
* Its CloudFormation sets no replication of a bucket, and an export of a table writes nothing: test_copies.py sets the
  rule of the template, and exports.py writes what DynamoDB documents.
* It takes no notice of `batchItemFailures`, bisects no batch, and evaluates no alarm. The tests against the local cloud
  do the first two.
* It fires schedules by rate or cron, but knows no flexible window, no retry and no dead-letter queue of a schedule.
* It takes a template that AWS would refuse, where it does not know a property. cfn-lint judges that.
"""

import unittest

from botocore.exceptions import ClientError

import checks
import district
import readers
import settings
import template_faults
from issuer import new_key
from receiver import Receiver
from service import send
from stack import UNKNOWN_TYPES, uploaded
from story import Case
from waiting import until
from world import EVERYTHING


# Standard Webhooks spells a key so: 24 bytes in base64.
WEBHOOK_KEY = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"


class DeploymentTest(unittest.TestCase):
    """A test with a world, which run.py sets."""

    world = None

    def none(self, sentences):
        """Fails with all sentences that there are."""
        sentences = list(sentences)
        self.assertFalse(sentences, "\n" + "\n".join(sentences))

    def saw(self, what, number=1):
        """Counts for the summary."""
        self.world.counts[what] = self.world.counts.get(what, 0) + number


class SettingsTest(DeploymentTest):
    def test_every_resource_exists_with_the_settings_of_the_template(self):
        stacks = [self.world.service("zhitiao").stack, self.world.service("everything", EVERYTHING).stack]
        for stack in stacks:
            with self.subTest(stack.name):
                self.none(settings.faults(stack))
                self.assertEqual(sorted(stack.wanted()), sorted(stack.physical))
        compared = {logical_id for stack in stacks for logical_id in stack.wanted()}
        never = self.world.template["Resources"].keys() - compared
        self.assertFalse(never, "never deployed: give EVERYTHING in world.py what switches them on")
        self.saw("resources compared", len(compared))

    def test_the_emulator_knows_all_types_but_those_that_stay_out(self):
        types = {resource["Type"] for resource in self.world.whole["Resources"].values()}
        client = self.world.emulator.client("cloudformation")
        # What a condition leaves out is not looked at.
        bare = {
            name: {key: value for key, value in one.items() if key != "Condition"}
            for name, one in self.world.whole["Resources"].items()
        }
        address = uploaded(self.world.emulator, {**self.world.whole, "Resources": bare}, "whole")
        try:
            client.validate_template(TemplateURL=address)
            refused = ""
        except ClientError as error:
            refused = str(error)
        self.assertEqual({one for one in types if one in refused}, types & UNKNOWN_TYPES, refused)

    def test_every_index_that_a_role_names_exists(self):
        self.none(settings.missing_indexes(self.world.service("zhitiao").stack))


class BehaviorTest(DeploymentTest):
    @classmethod
    def setUpClass(cls):
        cls.service = cls.world.service("zhitiao")
        cls.token = cls.world.token(cls.service)
        cls.receiver = Receiver()
        cls.addClassCleanup(cls.receiver.close)
        # Before the first message: a function keeps the channels of a unit for a minute.
        _, community = district.officer()
        operator = cls.world.token(cls.service, sub=district.operator())
        channel = {"url": cls.receiver.url, "secret": WEBHOOK_KEY}
        path = f"/v1/directory/channels/{community}/webhook"
        cls.service.call("PUT", path, channel, operator, if_none_match="*").expect(200)
        cls.case = Case(cls.service, cls.token)
        cls.case.upload()

    def test_a_message_leaves_by_the_queue_and_the_channel_sender(self):
        number = self.case.number
        until(lambda: self.receiver.about(number), 60, lambda: f"no message came: {self.receiver.got}")
        [headers, body], *_ = self.receiver.about(number)
        signed = {name.lower() for name in headers}
        self.assertLessEqual({"webhook-id", "webhook-timestamp", "webhook-signature"}, signed)
        self.assertIn("text", body["data"])
        self.saw("behaviors seen")

    def test_a_photo_goes_from_the_upload_by_its_event_to_the_reporter(self):
        photo = self.case.ready_photo()
        picture = send(photo["url"])
        self.assertEqual((picture.status, picture.headers["Content-Type"]), (200, "image/jpeg"))
        self.saw("behaviors seen")

    def test_what_happens_to_a_case_goes_by_the_stream_to_the_inbox_of_the_desk(self):
        self.none(checks.tells_the_inbox(self.service, self.token, self.case.number, 30))
        self.saw("behaviors seen")

    def test_staff_are_known_by_their_token(self):
        self.service.call("GET", "/v1/desk/me").expect(401)
        me = self.service.call("GET", "/v1/desk/me", token=self.token).expect(200)
        self.assertIn(district.officer()[1], str(me))
        self.saw("behaviors seen")

    def test_every_staff_route_refuses_strangers_and_no_public_one_does(self):
        forged = {
            "a token of another key": self.world.token(self.service, key=new_key()),
            "a token for another audience": self.world.token(self.service, aud="somebody-else"),
            "a token that is over": self.world.token(self.service, exp=1),
        }
        self.none(checks.refuses_strangers(self.service, forged))
        self.saw("behaviors seen")

    def test_a_case_is_in_the_queue_and_once_published_on_the_board(self):
        case = Case(self.service, self.token)
        queue = self.service.call("GET", "/v1/desk/queue", token=self.token).expect(200)
        self.assertIn(case.number, str(queue))
        _, community = district.officer()
        board = f"/v1/board/cases?community={community}"
        self.assertNotIn(case.number, str(self.service.call("GET", board).expect(200)))
        case.upload()
        case.publish()
        self.assertIn(case.number, str(self.service.call("GET", board).expect(200)))
        self.saw("behaviors seen")

    def test_every_route_leads_to_a_function_that_knows_it(self):
        case = self.case
        self.none(checks.leads_to_its_function(self.service, self.token, case.number, case.tracking))
        self.saw("behaviors seen")

    def test_an_unknown_path_is_answered_in_the_form_of_our_problems(self):
        unknown = self.service.call("GET", "/v1/nothing-of-the-kind")
        self.assertEqual(unknown.headers["Content-Type"], checks.PROBLEM)
        self.assertEqual(unknown.expect(404)["code"], "not_found")
        self.saw("behaviors seen")

    def test_every_function_starts(self):
        self.none(checks.starts(self.service))
        self.saw("behaviors seen")


class TemplateFaultsTest(DeploymentTest):
    """The tests above can fail: in a stack with faults, the same checks name every one of them."""

    def test_each_fault_of_a_template_is_found_by_comparison_and_by_use(self):
        faults = template_faults.plan(self.world.template)
        service = self.world.deploy("spoiled", lambda template: [fault.inject(template) for fault in faults])
        token = self.world.token(service)
        case = Case(service, token)
        by_use = [
            *settings.missing_indexes(service.stack),
            *checks.starts(service),
            *checks.leads_to_its_function(service, token, case.number, case.tracking),
            *checks.tells_the_inbox(service, token, case.number, 5),
        ]
        # The stack is measured against the template that it should have had.
        service.stack.use(self.world.template)
        by_comparison = settings.faults(service.stack)
        for fault in faults:
            for how, sentences in (("comparison", by_comparison), ("use", by_use)):
                with self.subTest(fault.logical_id, how=how):
                    self.assertTrue(fault.is_named_in(sentences), "\n".join(sentences))
        self.saw("template faults found", len(faults))


class QuietStackTest(DeploymentTest):
    """A stack without callers: what runs there runs by its schedules. At the end it is deleted."""

    def test_schedules_invoke_their_functions_and_deletion_keeps_what_is_to_be_kept(self):
        service = self.world.service("quiet")
        for logical_id in service.stack.of_type("AWS::Scheduler::Schedule"):
            with self.subTest(logical_id):
                self.none(checks.fires(service, logical_id, 90))
                self.saw("behaviors seen")
        self.deletion(service.stack)

    def deletion(self, stack):
        for logical_id in stack.wanted():
            stack.resource(logical_id)
        stack.delete()
        wrong = []
        for logical_id in stack.wanted():
            resource = stack.template["Resources"][logical_id]
            # A version goes with its function, whatever its policy says.
            goes = resource["Type"] == "AWS::Lambda::Version"
            is_kept = not goes and resource.get("DeletionPolicy", "Delete").startswith("Retain")
            if is_kept != exists(stack, logical_id):
                wrong.append(f"{logical_id} is {'gone and should be kept' if is_kept else 'still there'}")
        self.none(wrong)
        self.saw("behaviors seen")


class LeftBehindTest(DeploymentTest):
    """What was used above has left nothing in a dead-letter queue, with as much time for it as there is."""

    def test_nothing_is_left_behind(self):
        self.none(checks.left_behind(self.world.service("zhitiao")))
        self.saw("behaviors seen")


def exists(stack, logical_id):
    try:
        stack.read(logical_id)
    except (readers.Gone, ClientError) as error:
        assert isinstance(error, readers.Gone) or readers.means_gone(error), f"{logical_id}: {error}"
        return False
    return True
