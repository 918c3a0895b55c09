"""Deploys the template as an operator would: transformed by SAM, with its functions packaged, by CloudFormation."""

import concurrent.futures
import copy
import json
import pathlib
import shutil
import subprocess
import zipfile

from botocore.exceptions import ClientError
from cfnlint.decode.cfn_yaml import load

import intrinsics
import readers
import transform
from emulator import REGION
from waiting import until

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARIES = ROOT / "target" / "debug"

# The bucket that infra/transform.py names.
PACKAGES = "packages"


# What this emulator does not know at all. CloudFormation refuses a template with an unknown type, so these stay out.
UNKNOWN_TYPES = {
    "AWS::Budgets::Budget",
    "AWS::CodeDeploy::Application",
    "AWS::CodeDeploy::DeploymentGroup",
    "AWS::Events::ApiDestination",
    "AWS::Events::Connection",
    "AWS::Logs::QueryDefinition",
}


# The parameters whose values SAM writes into what it makes.
FILLED_IN = ("Release", "Revision")


def source():
    """The template as written."""
    return json.loads(json.dumps(load(str(ROOT / "infra" / "template.yaml"))))


def transformed(template, values=None):
    """The template as CloudFormation sees it with these parameters; the one given stays as it is."""
    return transform.transformed(copy.deepcopy(template), values)


def known(template):
    """The template without what the emulator does not know, and without what cannot be without that."""
    resources = {name: one for name, one in template["Resources"].items() if one["Type"] not in UNKNOWN_TYPES}
    gone = template["Resources"].keys() - resources.keys()
    while gone:
        gone = {name for name, one in resources.items() if any(names(one["Properties"], other) for other in gone)}
        resources = {name: one for name, one in resources.items() if name not in gone}
    parameters = template.get("Parameters", {})
    return {**template, "Resources": {name: simpler(one, parameters) for name, one in resources.items()}}


def simpler(resource, parameters):
    """What the emulator can take: of an alarm on several metrics the first, for it has no metric math; and a limit of a
    queue's mapping as a number, for it compares the text of a parameter with one."""
    if resource["Type"] == "AWS::Lambda::Alias":
        # Who shifts the requests is unknown here: all go over at once.
        return {name: value for name, value in resource.items() if name != "UpdatePolicy"}
    scaling = resource.get("Properties", {}).get("ScalingConfig")
    if resource["Type"] == "AWS::Lambda::EventSourceMapping" and scaling:
        of = {key: value["Ref"] for key, value in scaling.items() if isinstance(value, dict)}
        numbers = {key: int(parameters[name]["Default"]) for key, name in of.items()}
        return {**resource, "Properties": {**resource["Properties"], "ScalingConfig": scaling | numbers}}
    if resource["Type"] != "AWS::CloudWatch::Alarm" or "Metrics" not in resource["Properties"]:
        return resource
    properties = {name: value for name, value in resource["Properties"].items() if name != "Metrics"}
    stat = next(one["MetricStat"] for one in resource["Properties"]["Metrics"] if "MetricStat" in one)
    first = {"Period": stat["Period"], "Statistic": stat["Stat"], **stat["Metric"]}
    return {**resource, "Properties": {**properties, **first}}


def names(value, logical_id):
    """Whether a value refers to a resource."""
    if isinstance(value, list):
        return any(names(item, logical_id) for item in value)
    if not isinstance(value, dict):
        return False
    target = value.get("Ref") or value.get("Fn::GetAtt") or value.get("Fn::Sub")
    if isinstance(target, str) and (target.split(".")[0] == logical_id or f"${{{logical_id}" in target):
        return True
    if isinstance(target, list) and target[:1] == [logical_id]:
        return True
    return any(names(item, logical_id) for item in value.values())


def package(emulator, template, folder):
    """Puts each function's binary into the bucket of packages, under the name that the transformed template has."""
    emulator.client("s3").create_bucket(Bucket=PACKAGES)
    functions = of_type(template, "AWS::Serverless::Function")

    def pack(item):
        logical_id, function = item
        name = pathlib.PurePath(function["Properties"]["CodeUri"]).name
        archive = folder / f"{logical_id}.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
            packed.write(stripped(BINARIES / name, folder / f"{logical_id}.bin"), "bootstrap")
        emulator.client("s3").upload_file(str(archive), PACKAGES, archive.name)

    with concurrent.futures.ThreadPoolExecutor() as pool:
        list(pool.map(pack, functions.items()))


def stripped(binary, copy_of_it):
    """A copy without what debuggers need, where `strip` is installed: a tenth of the size."""
    if not binary.exists():
        raise FileNotFoundError(f"{binary} is not built: run `make test-deploy`, which builds it")
    shutil.copy(binary, copy_of_it)
    if shutil.which("strip"):
        subprocess.run(["strip", copy_of_it], check=True)
    copy_of_it.chmod(0o755)
    return copy_of_it


def uploaded(emulator, template, name):
    """The address of a template in the bucket of packages: as text it is longer than CloudFormation takes."""
    key = f"{name}.json"
    emulator.client("s3").put_object(Bucket=PACKAGES, Key=key, Body=json.dumps(template).encode())
    return f"{emulator.url}/{PACKAGES}/{key}"


def of_type(template, resource_type):
    """The resources of one type, by logical id."""
    return {name: one for name, one in template["Resources"].items() if one["Type"] == resource_type}


class Stack:
    """A stack in the emulator, of a transformed template."""

    def __init__(self, emulator, name, template, parameters):
        self.emulator = emulator
        self.name = name
        self.parameters = parameters
        self.template = template

    def use(self, template):
        """Measures the stack against a template from here on."""
        self.template = template
        self.names = self.values()
        self.resolver = intrinsics.Resolver(template, self.names, self.resource, self.secret)
        self.found = {}
        self.worked_out = {}

    def deploy(self):
        """Creates the stack and waits until CloudFormation says that it is there."""
        client = self.emulator.client("cloudformation")
        created = client.create_stack(
            StackName=self.name,
            TemplateURL=uploaded(self.emulator, self.template, self.name),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in self.parameters.items()],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
        self.id = created["StackId"]
        status = self.settled()
        assert status == "CREATE_COMPLETE", f"stack {self.name}: {status}\n{self.failures()}"
        self.read_resources()
        return self

    def read_resources(self):
        """Takes note of what the stack consists of."""
        resources = self.emulator.client("cloudformation").describe_stack_resources(StackName=self.name)["StackResources"]
        self.physical = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in resources}
        self.use(self.template)

    def update(self):
        """Makes a stack that exists what the template says, and waits until CloudFormation says that it is."""
        client = self.emulator.client("cloudformation")
        self.id = client.describe_stacks(StackName=self.name)["Stacks"][0]["StackId"]
        client.update_stack(
            StackName=self.name,
            TemplateURL=uploaded(self.emulator, self.template, self.name),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in self.parameters.items()],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
        status = self.settled()
        assert status == "UPDATE_COMPLETE", f"stack {self.name}: {status}\n{self.failures()}"
        self.read_resources()
        return self

    def delete(self):
        """Deletes the stack and waits until CloudFormation says that it is gone."""
        self.emulator.client("cloudformation").delete_stack(StackName=self.name)
        status = self.settled()
        assert status == "DELETE_COMPLETE", f"stack {self.name}: {status}\n{self.failures()}"

    def settled(self):
        def status():
            now = self.description()["StackStatus"]
            return None if now.endswith("IN_PROGRESS") else now

        return until(status, 60, f"stack {self.name} is not settled")

    def description(self):
        # By its id, for a stack that is gone has no name any more.
        return self.emulator.client("cloudformation").describe_stacks(StackName=self.id)["Stacks"][0]

    def is_deleted(self):
        try:
            return self.description()["StackStatus"] == "DELETE_COMPLETE"
        except ClientError:
            # The emulator forgets a stack of which nothing is left.
            return True

    def failures(self):
        events = self.emulator.client("cloudformation").describe_stack_events(StackName=self.id)
        return "\n".join(
            f"{event['LogicalResourceId']}: {event['ResourceStatusReason']}"
            for event in events["StackEvents"]
            if event["ResourceStatus"].endswith("FAILED")
        )

    def values(self):
        """The values of parameters and pseudo parameters."""
        values = {}
        for name, parameter in self.template.get("Parameters", {}).items():
            value = self.parameters.get(name, parameter.get("Default"))
            is_list = parameter["Type"] == "CommaDelimitedList"
            values[name] = [item.strip() for item in value.split(",")] if is_list else value
        account = self.emulator.client("sts").get_caller_identity()["Account"]
        return values | {
            "AWS::AccountId": account,
            "AWS::Partition": "aws",
            "AWS::Region": REGION,
            "AWS::StackId": self.id,
            "AWS::StackName": self.name,
            "AWS::URLSuffix": "amazonaws.com",
        }

    def wanted(self):
        """The logical ids that the template wants to exist under these parameters."""
        resources = self.template["Resources"].items()
        return [name for name, one in resources if "Condition" not in one or self.resolver.holds(one["Condition"])]

    def of_type(self, resource_type):
        """The logical ids of one type that the template wants to exist."""
        return [name for name in self.wanted() if self.template["Resources"][name]["Type"] == resource_type]

    def properties(self, logical_id):
        """What the template says about a resource, worked out once, when all that it names is there."""
        if logical_id not in self.worked_out:
            properties = self.template["Resources"][logical_id].get("Properties", {})
            self.worked_out[logical_id] = self.resolver.value(properties)
        return self.worked_out[logical_id]

    def resource(self, logical_id):
        """The resource as the emulator has it; read once."""
        if logical_id not in self.found:
            self.found[logical_id] = self.read(logical_id)
        return self.found[logical_id]

    def read(self, logical_id):
        """The resource as the emulator has it now."""
        if logical_id not in self.physical:
            raise readers.Gone(f"{logical_id} is not part of the stack")
        resource_type = self.template["Resources"][logical_id]["Type"]
        return readers.read(self.emulator, resource_type, self.physical[logical_id], self.properties(logical_id))

    def secret(self, arn, version):
        wanted = {"SecretId": arn, **({"VersionId": version} if version else {})}
        return self.emulator.client("secretsmanager").get_secret_value(**wanted)["SecretString"]

    def output(self, name):
        """An output of the stack, as CloudFormation tells it."""
        outputs = {one["OutputKey"]: one["OutputValue"] for one in self.description().get("Outputs", [])}
        return outputs[name]
