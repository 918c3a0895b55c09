"""What an operator does to a living service, by the programs of infra/release: secrets replaced, a kept stack adopted.

The emulator imports no secret and no policy of a bucket (ministack 1.5.33), so that the adoption is seen without them:
the slips of the old stack are not tried.
"""

import argparse
import contextlib
import io
import time
import uuid
from unittest import mock

import cli  # before the programs: it says where they are
import adopt
import creation
import deploy
import district
import releases
import rollback
import rotate
import case_story
from cloud import CloudError
from emulator import REGION
from service import Service, send
from stack import Stack, known, transformed
from story import Case
from test_deployment import DeploymentTest
from waiting import until
from world import PLACES

# What the emulator can import.
IMPORTED = ("DataKey", "CasesTable", "DirectoryTable", "PhotosBucket")


class RollbackTest(DeploymentTest):
    """A release whose pages do not start is taken back by the aliases, and the stack is brought in line afterwards.

    The emulator has no CodeDeploy and shifts no share of the requests: a canary is not seen here.
    """

    @classmethod
    def setUpClass(cls):
        cls.service = cls.world.deploy("turned", parameters={"Release": "0.1.0"})
        cls.cloud = cli.EmulatedCloud(cls.world.emulator)

    def release(self, number, revision, spoil=None):
        """Updates the stack as `make deploy` does: with another number and another revision."""
        template = self.world.written()
        if spoil:
            spoil(template["Resources"]["SiteFunction"]["Properties"]["Environment"]["Variables"])
        stack = self.service.stack
        filled_in = {"Release": number, "Revision": revision}
        stack.template = known(transformed(template, filled_in))
        stack.parameters |= filled_in
        stack.update()

    def status(self):
        """The status of the page of help, asked once: a client's patience would hide what is broken."""
        [api] = self.service.stack.of_type("AWS::ApiGatewayV2::Api")
        stack = self.service.stack
        return send(f"{stack.emulator.url}/_aws/execute-api/{stack.physical[api]}/$default/help").status

    def go_back(self):
        options = argparse.Namespace(stack="turned", region=REGION, version="", yes=True)
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            rollback.rollback(self.cloud, options)
        return printed.getvalue()

    def configure(self):
        options = argparse.Namespace(stack="turned", region=REGION, bucket="", version="", yes=True, parameters_only=True)
        with contextlib.redirect_stdout(io.StringIO()):
            deploy.deploy(self.cloud, options, "Hotline=12321")

    def test_a_bad_release_is_turned_back_within_a_minute_and_the_stack_is_brought_in_line(self):
        until(lambda: self.status() == 200, 60, "the page of help does not answer")
        self.release("0.2.0", "bbbbbbbbbb", lambda variables: variables.pop("CASES_TABLE"))
        self.assertGreaterEqual(self.status(), 500)
        began = time.monotonic()
        printed = self.go_back()
        took = time.monotonic() - began
        self.assertLess(took, 60)
        self.assertIn("from 0.2.0 to 0.1.0", printed)
        self.assertIn("make deploy VERSION=0.1.0", printed)
        until(lambda: self.status() == 200, 10, "the page of help does not answer after the rollback")
        with self.assertRaisesRegex(CloudError, "turned back to 0.1.0 and the stack has 0.2.0"):
            self.configure()
        self.release("0.1.0", "cccccccccc")
        self.configure()
        self.assertEqual(self.status(), 200)
        self.assertIn("12321", self.service.call("GET", "/help").text)
        with self.assertRaisesRegex(CloudError, "no older release was published"):
            self.go_back()
        self.saw("behaviors seen", 4)

    def test_a_release_that_does_not_know_the_stored_data_is_not_gone_back_to(self):
        service = self.world.deploy("migrated", parameters={"Release": "0.1.0"})
        stack = service.stack
        filled_in = {"Release": "0.2.0", "Revision": "dddddddddd"}
        stack.template = known(transformed(self.world.written(), filled_in))
        stack.parameters |= filled_in
        stack.update()
        item = {"pk": {"S": stack.names["District"]}, "sk": {"S": "SCHEMA"}, "begun": {"N": "1"}}
        service.client("dynamodb").put_item(TableName=stack.output("DirectoryTableName"), Item=item)
        self.assertEqual(releases.stored_number(self.cloud, "migrated", stack.names["District"]), 1)
        options = argparse.Namespace(stack="migrated", region=REGION, version="", yes=True)
        with self.assertRaisesRegex(CloudError, "stored data is at step 1"), contextlib.redirect_stdout(io.StringIO()):
            rollback.rollback(self.cloud, options)
        self.saw("behaviors seen")


class RotationTest(DeploymentTest):
    """While a secret is replaced, and afterwards, what was signed before is known for as long as promised."""

    @classmethod
    def setUpClass(cls):
        cls.service = cls.world.deploy("rotated", parameters={"OriginProof": "demanded"})
        cls.token = cls.world.token(cls.service)
        cls.cloud = cli.EmulatedCloud(cls.world.emulator)

    def rotation(self, name, between=None, **options):
        """Runs a rotation; `between` is called whenever a step was done."""
        given = argparse.Namespace(**{"wait": 1, "sent": False, "yes": True, **options})
        rotation = rotate.Rotation(self.cloud, "rotated", rotate.SECRETS[name], given, sleep=lambda _: None)
        configure = rotation.configure

        def and_then(words, **values):
            configure(words, **values)
            if between:
                between(words)

        with mock.patch.object(rotation, "configure", and_then), contextlib.redirect_stdout(io.StringIO()) as printed:
            done = rotation.run()
        self.printed = printed.getvalue()
        return done

    def proof(self, stage="AWSCURRENT"):
        """The secret that the CDN sends."""
        client, secret = self.service.client("secretsmanager"), self.service.stack.physical["OriginSecret"]
        return client.get_secret_value(SecretId=secret, VersionStage=stage)["SecretString"]

    def call(self, *arguments, proof=None, **headers):
        return self.service.call(*arguments, **{"origin_verify": proof or self.proof(), **headers})

    def report(self):
        with mock.patch.object(self.service, "call", self.call_with_proof(self.service.call)):
            return Case(self.service, self.token)

    def call_with_proof(self, call):
        return lambda *arguments, **headers: call(*arguments, **{"origin_verify": self.proof(), **headers})

    def status(self, case):
        return self.call("GET", "/v1/my/case", tracking_token=case.tracking).status

    def test_slips_stay_valid_through_two_rotations(self):
        old = self.report()
        slips = [old]
        for version in (2, 3):

            def seen(words):
                slips.append(self.report())
                self.assertEqual([self.status(one) for one in slips], [200] * len(slips), words)

            self.assertTrue(self.rotation("tracking", seen))
            self.assertEqual(self.report().tracking.split(".")[1], str(version))
        self.assertEqual(old.tracking.split(".")[1], "1")
        self.saw("behaviors seen")

    def test_a_list_that_is_being_read_is_read_to_its_end_and_no_further(self):
        for _ in range(3):
            self.report()

        def page(cursor):
            return self.call("GET", f"/v1/desk/queue?limit=1&cursor={cursor}", token=self.token).status

        first = self.call("GET", "/v1/desk/queue?limit=1", token=self.token).expect(200)
        old = first["next_cursor"]
        seen = []
        self.assertTrue(self.rotation("cursor", lambda words: seen.append((words, page(old)))))
        self.assertEqual([status for _, status in seen], [200, 200, 400], seen)
        self.saw("behaviors seen")

    def test_the_front_is_never_refused_and_the_old_proof_is_in_the_end(self):
        old = self.proof()

        def status(proof):
            return self.call("GET", "/v1/communities", proof=proof).status

        self.assertEqual((status(old), status("guessed")), (200, 403))
        # Another CDN: the program waits until the new one is sent.
        self.assertFalse(self.rotation("origin"))
        new = self.proof("AWSPENDING")
        self.assertNotIn(new, self.printed)
        self.assertIn("SENT=1", self.printed)
        self.assertEqual((status(old), status(new)), (200, 200))
        seen = []
        self.assertTrue(self.rotation("origin", lambda words: seen.append((status(old), status(new))), sent=True))
        self.assertEqual(seen, [(200, 200), (200, 200), (403, 200)])
        self.assertEqual(self.proof(), new)
        self.saw("behaviors seen")


class StoryTest(DeploymentTest):
    """An operator reads what happened to a case and what is known about a person, and nothing that a person wrote."""

    def test_a_case_and_a_person_are_told_without_their_words(self):
        service = self.world.service("zhitiao")
        case = Case(service, self.world.token(service))
        case.upload()
        case.publish()
        cloud = cli.EmulatedCloud(self.world.emulator)
        tell = lambda: case_story.of_case(cloud, "zhitiao", "shinan", case.number, 1)
        # No channel is set up here, so that nothing is delivered beside the inbox.
        told = until(lambda: self.complete(tell()), 30, lambda: "\n".join(["not complete:", *tell()]))
        self.assertNotIn("井盖", told)
        officer, _ = district.officer()
        about = "\n".join(case_story.of_staff(cloud, "zhitiao", "shinan", officer))
        self.assertIn("post: desk_officer", about)
        self.assertIn("before the person leaves", about)
        self.saw("behaviors seen")

    @staticmethod
    def complete(lines):
        told = "\n".join(lines)
        return told if all(word in told for word in ("  event", "  photo", "  log")) else None


class FailedCreationTest(DeploymentTest):
    """A creation that fails half way leaves nothing in the way of the next one."""

    def test_a_stack_is_made_after_a_creation_of_its_name_failed(self):
        client = self.world.emulator.client("cloudformation")
        cloud = cli.EmulatedCloud(self.world.emulator)

        def unmakeable(template):
            # This emulator refuses an alarm by an expression, after it made what the others need.
            template["Resources"]["ZLastAlarm"] = {
                "Type": "AWS::CloudWatch::Alarm",
                "DependsOn": ["QuarantineBucket", "PhotosBucketPolicy", "TrackingSecret", "NotifierStream"],
                "Properties": {"Metrics": [{"Id": "a", "Expression": "1"}]},
            }

        with self.assertRaisesRegex(AssertionError, "ROLLBACK_COMPLETE"):
            self.world.deploy("failed", unmakeable)
        found = creation.existing(cloud, "failed")
        with self.assertRaisesRegex(CloudError, "delete-stack --stack-name failed"):
            creation.refuse_if_blocked(cloud, "failed", REGION, found)
        client.delete_stack(StackName="failed")
        until(lambda: creation.existing(cloud, "failed") is None, 30, "the failed stack is still there")
        creation.refuse_if_blocked(cloud, "failed", REGION, None)
        service = self.world.deploy("failed")
        service.call("GET", "/v1/communities").expect(200)
        self.saw("behaviors seen")


class AdoptionTest(DeploymentTest):
    """A stack is deleted and made again under its name, with the data that it kept."""

    def test_what_a_deleted_stack_kept_is_in_the_new_one(self):
        service = self.world.deploy("kept")
        cloud = cli.EmulatedCloud(self.world.emulator)
        case = Case(service, self.world.token(service))
        tables = {name: service.stack.physical[name] for name in IMPORTED}
        service.stack.delete()
        with self.assertRaisesRegex(CloudError, "aws s3 rb s3://kept-quarantine-"):
            creation.refuse_if_blocked(cloud, "kept", REGION, creation.existing(cloud, "kept"))
        self.emptied(service.client("s3"), service.stack.physical["QuarantineBucket"])
        supported = {name: adopt.IDENTIFIERS[name] for name in IMPORTED}
        options = argparse.Namespace(stack="kept", region=REGION, yes=True)
        with mock.patch.object(adopt, "IDENTIFIERS", supported), contextlib.redirect_stdout(io.StringIO()) as printed:
            with mock.patch.object(creation, "kept", lambda *_: self.remembered(service, tables)):
                adopted = lambda: self.adopted(cloud, service.client("logs"), options)
                until(adopted, 30, "log groups come back again and again")
        self.assertIn("Adopted", printed.getvalue())

        given = {"StaffIssuer": self.world.issuer.url, **PLACES}
        stack = Stack(self.world.emulator, "kept", self.world.template, given)
        again = Service(stack.update())
        self.assertEqual({name: stack.physical[name] for name in IMPORTED}, tables)
        shown = again.call("GET", f"/v1/desk/cases/{case.number}", token=self.world.token(again)).expect(200)
        self.assertEqual(shown["number"], case.number)
        new = again.call(
            "POST",
            "/v1/reports",
            {"text": "灯不亮", "community": shown["community"], "consents": {"publish": False}},
            idempotency_key=str(uuid.uuid4()),
        )
        new.expect(201)
        self.saw("behaviors seen")

    @staticmethod
    def adopted(cloud, logs, options):
        """Adopts unless log groups stand in the way: a function that still ran at the deletion makes its group anew."""
        for group in logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/kept/")["logGroups"]:
            logs.delete_log_group(logGroupName=group["logGroupName"])
        try:
            adopt.adopt(cloud, options, "District=shinan")
        except CloudError as error:
            if "the log group" not in str(error):
                raise
            return False
        return True

    @staticmethod
    def emptied(client, bucket):
        for one in client.list_objects_v2(Bucket=bucket).get("Contents", []):
            client.delete_object(Bucket=bucket, Key=one["Key"])
        client.delete_bucket(Bucket=bucket)

    @staticmethod
    def remembered(service, physical):
        """What the tags of kept resources say on AWS; the emulator takes them away with the stack."""
        account = service.client("sts").get_caller_identity()["Account"]
        arns = {
            "DataKey": "arn:aws:kms:{region}:{account}:key/{name}",
            "PhotosBucket": "arn:aws:s3:::{name}",
            "CasesTable": "arn:aws:dynamodb:{region}:{account}:table/{name}",
            "DirectoryTable": "arn:aws:dynamodb:{region}:{account}:table/{name}",
        }
        return [
            creation.Kept(logical, pattern.format(region=REGION, account=account, name=physical[logical]), "shinan")
            for logical, pattern in arns.items()
        ]
