"""All data of a stack, out of it and into another: from the second copy, and from the folder of a handover.

`make drill` runs the first of these alone. The AWS CLI copies the files; the emulator replicates the photos, once its
bucket has the rule of the template, which its CloudFormation leaves out.
"""

import argparse
import contextlib
import io
import json
import pathlib
import tempfile

import cli  # before the programs: it says where they are
import copies
import exports
import handover
import recover
import resident
from cloud import CloudError
from emulator import REGION
from service import send
from story import Case
from test_deployment import DeploymentTest
from waiting import until

BUCKET = "zhitiao-copies"
STRANGER = {"pk": {"S": "laoshan#K7M39QXD"}, "sk": {"S": "ROW"}}


def asleep(template):
    """A stack in which nothing happens by itself, so that what was put into it can be compared."""
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Scheduler::Schedule":
            resource["Properties"]["State"] = "DISABLED"
        if resource["Type"] == "AWS::Lambda::EventSourceMapping":
            resource["Properties"]["Enabled"] = False


def printed(work, *arguments):
    """What a program prints."""
    with contextlib.redirect_stdout(io.StringIO()) as text:
        work(*arguments)
    return text.getvalue()


class CopiesTest(DeploymentTest):
    """A test with a stack that has a case with photos, and with the AWS CLI."""

    @classmethod
    def setUpClass(cls):
        if cls is CopiesTest:
            return
        cls.place = tempfile.TemporaryDirectory(prefix="zhitiao-copies-")
        cls.addClassCleanup(cls.place.cleanup)
        cls.folder = pathlib.Path(cls.place.name)
        cls.cloud = cli.CommandLineCloud(cls.world.emulator, cls.folder)
        known = cls.world.services.get("copied")
        cls.service = known or cls.copied()
        cls.parts = copies.parts(cls.cloud, "copied")

    @classmethod
    def copied(cls):
        """A stack with a second copy, and in it a published case."""
        s3 = cls.world.emulator.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        service = cls.world.deploy("copied", parameters={"BackupBucket": BUCKET, "BackupAccount": "111122223333"})
        said = service.stack.properties("PhotosBucket")["ReplicationConfiguration"]
        rules = [{**{name: one for name, one in rule.items() if name != "Id"}, "ID": rule["Id"]} for rule in said["Rules"]]
        bucket = service.stack.physical["PhotosBucket"]
        s3.put_bucket_replication(Bucket=bucket, ReplicationConfiguration={"Role": said["Role"], "Rules": rules})
        case = Case(service, cls.world.token(service))
        case.upload()
        case.publish()
        cls.case = case
        service.case = case
        tables = service.stack.physical["CasesTable"]
        cls.world.emulator.client("dynamodb").put_item(TableName=tables, Item=STRANGER)
        return service

    def opened(self, service, number):
        """The photo of a case, as the desk of another stack gets it."""
        token = self.world.token(service)
        shown = service.call("GET", f"/v1/desk/cases/{number}", token=token).expect(200)
        [photo] = shown["photos"]
        return send(photo["url"])


class DrillTest(CopiesTest):
    """The account is lost: what lies in the other one brings a scratch stack to the same hashes."""

    def test_a_scratch_stack_gets_the_newest_export_and_the_photos(self):
        exported = self.exported()
        copy = until(lambda: copies.etags(self.cloud, BUCKET, "shinan/"), 30, "no photo was copied")
        scratch = self.world.deploy("scratch", asleep)
        said = printed(recover.recover, self.cloud, self.options())
        self.assertIn("EXECUTE=1", said)
        said = printed(recover.recover, self.cloud, self.options(execute=True))
        parts = copies.parts(self.cloud, "scratch")
        for logical, wanted in exported.items():
            found = copies.items(self.cloud, parts.tables[logical], "shinan")
            self.assertEqual(copies.table_hash(found), copies.table_hash(wanted), logical)
            self.assertIn(f"{logical}: {len(wanted)} items, the same hash {copies.table_hash(wanted)}", said)
        self.assertEqual(copies.etags(self.cloud, parts.photos, "shinan/"), copy)
        picture = self.opened(scratch, self.service.case.number)
        self.assertEqual((picture.status, picture.headers["Content-Disposition"]), (200, "attachment"))
        print(said, end="")
        self.damaged()
        self.saw("behaviors seen")

    def exported(self):
        """Both tables as their schedules export them; answers the items of the district by table."""
        found = {}
        for logical, schedule in (("CasesTable", "BackupCasesSchedule"), ("DirectoryTable", "BackupDirectorySchedule")):
            target = self.service.stack.properties(schedule)["Target"]
            self.assertTrue(target["Arn"].endswith(":aws-sdk:dynamodb:exportTableToPointInTime"))
            given = json.loads(target["Input"])
            # The emulator takes the request, which is of the right form then.
            self.world.emulator.client("dynamodb").export_table_to_point_in_time(**given)
            whole = self.cloud.call("dynamodb", "scan", "--table-name", self.parts.tables[logical])["Items"]
            exports.export(self.world.emulator, given, whole)
            found[logical] = {key: one for key, one in copies.by_key(whole).items() if copies.is_of("shinan", key[0])}
        return found

    def damaged(self):
        """A file that is not what the manifest says is refused."""
        s3 = self.world.emulator.client("s3")
        place = recover.export_of(self.cloud, BUCKET, "copied", "CasesTable")
        s3.put_object(Bucket=BUCKET, Key=f"{place}/data/part0.json.gz", Body=b"damaged")
        with self.assertRaisesRegex(CloudError, "not what the manifest says"):
            printed(recover.recover, self.cloud, self.options(execute=True))

    @staticmethod
    def options(**more):
        given = {"stack": "scratch", "region": REGION, "bucket": BUCKET, "source": "copied", "export": None, "execute": False}
        return argparse.Namespace(**{**given, **more})


class ResidentTest(CopiesTest):
    """A resident asks what is held of the case."""

    def test_the_report_has_the_words_and_both_pictures_and_the_screen_has_neither(self):
        folder = self.folder / "request"
        lines = "\n".join(resident.write(self.cloud, "copied", [self.service.case.number], folder))
        self.assertIn("2 pictures", lines)
        self.assertNotIn("井盖", lines)
        text = (folder / "report.json").read_text("utf-8")
        self.assertIn("井盖", text)
        [report] = json.loads(text)
        self.assertEqual({one["what"]["kind"] for one in report["history"]} & {"triaged"}, {"triaged"})
        self.saw("behaviors seen")


class HandoverTest(CopiesTest):
    """A district moves: all of it into a folder, and out of the folder into another stack."""

    def test_a_district_goes_through_a_folder_into_a_second_stack_with_equal_hashes(self):
        first = self.folder / "first"
        manifest = handover.hand_over(self.cloud, "copied", first)
        self.assertGreater(manifest["items"]["cases.jsonl"], 3)
        self.assertEqual(manifest["photos"], 2)
        self.assertNotIn("laoshan", (first / "cases.jsonl").read_text("utf-8"))
        second = self.world.deploy("second", asleep)
        said = printed(handover.take_over, self.cloud, "second", first, True)
        self.assertIn(f"CasesTable: {manifest['items']['cases.jsonl']} items, the same hash", said)
        again = handover.hand_over(self.cloud, "second", self.folder / "again")
        self.assertEqual(again["sha256"], manifest["sha256"])
        picture = self.opened(second, self.service.case.number)
        self.assertEqual((picture.status, picture.headers["Content-Disposition"]), (200, "attachment"))
        self.refusals(first, second)
        self.saw("behaviors seen")

    def refusals(self, first, second):
        """What is not to be taken: a changed folder, and a stack with cases of its own."""
        Case(second, self.world.token(second))
        with self.assertRaisesRegex(CloudError, "1 cases that the copy does not have"):
            printed(handover.take_over, self.cloud, "second", first, True)
        with self.assertRaisesRegex(CloudError, "not empty"):
            handover.hand_over(self.cloud, "copied", first)
        (first / "cases.jsonl").write_text("{}\n", "utf-8")
        with self.assertRaisesRegex(CloudError, "such as cases.jsonl"):
            handover.take_over(self.cloud, "second", first, True)
