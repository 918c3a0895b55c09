"""Functions: their package, limits, logs and environment."""

import re
from collections import Counter
from pathlib import PurePosixPath

from cfnlint.rules import CloudFormationLintRule
from rules.walk import each, fault, found, functions, invoked_by, is_true, named, nearby, references, resources

# Where a function's library says which variables it reads.
READS = re.compile(r"pub const ENV: &\[&str\] = &\[([^\]]*)\]")
# What starts a function, besides routes.
TRIGGERS = (
    "AWS::Lambda::EventSourceMapping",
    "AWS::Scheduler::Schedule",
    "AWS::Events::Rule",
    "AWS::S3::Bucket",
    "AWS::SNS::Subscription",
)


class OwnLogs(CloudFormationLintRule):
    """Each function writes to a log group of its own, which forgets in the end."""

    id = "E9601"
    shortdesc = "A function has a log group of its own, with retention"
    description = "A group that Lambda makes by itself keeps everything for ever and stays behind."

    def match(self, cfn):
        groups = dict(resources(cfn, "AWS::Logs::LogGroup"))
        writers = Counter(
            group for _, function in functions(cfn) for group in named(found(function, "LoggingConfig", "LogGroup"))
        )
        for name, function in functions(cfn):
            own = named(found(function, "LoggingConfig", "LogGroup")) & groups.keys()
            if not own or any(writers[group] > 1 for group in own):
                yield fault(name, "has no log group of its own: write an AWS::Logs::LogGroup and set "
                            "LoggingConfig.LogGroup: !Ref.", "LoggingConfig")
        for name, group in groups.items():
            if not all(found(group, "RetentionInDays")):
                yield fault(name, "keeps logs for ever: set RetentionInDays.", "RetentionInDays")


class OwnPackage(CloudFormationLintRule):
    """The code of a function is the folder that `make package` makes for it."""

    id = "E9602"
    shortdesc = "A function's code is its own package"
    description = "`CodeUri: .` would upload the repository; another function's folder would run the wrong code."

    def match(self, cfn):
        for name, function in resources(cfn, "AWS::Serverless::Function"):
            folder = re.sub(r"(?<!^)(?=[A-Z])", "-", name.removesuffix("Function")).lower()
            if function.get("CodeUri") != f"../dist/{folder}/":
                yield fault(name, f"does not take its own package: set CodeUri: ../dist/{folder}/.", "CodeUri")


class WiredVariables(CloudFormationLintRule):
    """Each variable comes from a parameter or a resource, and secrets from Secrets Manager."""

    id = "E9603"
    shortdesc = "A variable refers to what it names"
    description = "A name written by hand points at nothing in the second stack; a secret parameter can be read by all."

    def match(self, cfn):
        parameters = cfn.template.get("Parameters", {})
        for name, function in functions(cfn):
            for variable, value in _variables(function).items():
                path = ("Environment", "Variables", variable)
                if not all(named(one) for one in found(value) if one is not None):
                    yield fault(name, f"has {variable} written by hand: refer to the resource or parameter.", *path)
                if not _is_namesake(variable, named(value)):
                    yield fault(name, f"has something else in {variable} than its name says: refer to "
                                f"{_pascal(variable)}.", *path)
                if any(is_true(parameters.get(one, {}).get("NoEcho")) for one in named(value)):
                    yield fault(name, f"shows a secret in {variable}: keep it in an AWS::SecretsManager::Secret and "
                                "refer to it by {{resolve:secretsmanager:...}}.", *path)


def _is_namesake(variable, names):
    """Whether CASES_TABLE refers to CasesTable; a name that is put together by `!Sub` refers to no resource."""
    resources_only = {name for name in names if not name.startswith("AWS::")}
    return not variable.endswith(("_TABLE", "_BUCKET")) or resources_only <= {_pascal(variable)}


def _pascal(variable):
    return variable.title().replace("_", "")


class UsedVariables(CloudFormationLintRule):
    """A function is given the variables that its code reads, and no other."""

    id = "E9604"
    shortdesc = "A variable is read, and what is read is given"
    description = "The library of each function lists what it reads: `ENV` in functions/<folder>/src/lib.rs."

    def match(self, cfn):
        for name, function in resources(cfn, "AWS::Serverless::Function"):
            source = _source(cfn.filename, str(function.get("CodeUri", "")))
            if source is None:
                yield fault(name, "has no code in functions/: name its folder in CodeUri.", "CodeUri")
                continue
            listed = READS.search(source)
            reads = set(re.findall(r'"(\w+)"', listed[1])) if listed else set()
            given = _variables(function).keys()
            for variable in given - reads:
                yield fault(name, f"is given {variable}, which its code does not read: remove it.",
                            "Environment", "Variables", variable)
            for variable in reads - given:
                yield fault(name, f"is not given {variable}, which its code reads: add it.", "Environment", "Variables")


def _variables(function):
    return next((given for given in found(function, "Environment", "Variables") if given), {})


def _source(template, code_uri):
    """The library that a package is made of: functions/<folder>/src/lib.rs, at or above the template."""
    if not re.fullmatch(r"\.\./dist/[a-z-]+/", code_uri):
        return None
    library = nearby(template, f"functions/{PurePosixPath(code_uri).name}/src/lib.rs")
    return library.read_text("utf-8") if library else None


class StatedLimits(CloudFormationLintRule):
    """A function states its memory and time-out, and is traced."""

    id = "E9605"
    shortdesc = "A function states its limits and is traced"
    description = "The defaults, 128 MB and 3 seconds, fit nothing here; without a trace nobody finds the slow part."

    def match(self, cfn):
        for name, function in functions(cfn):
            for key in ("MemorySize", "Timeout"):
                if not all(found(function, key)):
                    yield fault(name, f"leaves its {key} to chance: state it.", key)
            traced = [*found(function, "Tracing"), *found(function, "TracingConfig", "Mode")]
            if "Active" not in traced:
                yield fault(name, "is not traced: set Tracing: Active.")


class EverythingIsCalled(CloudFormationLintRule):
    """Each function is started by a route, a mapping, a schedule or a bucket."""

    id = "E9607"
    shortdesc = "A function is called by something"
    description = "A function whose trigger was lost deploys well and does nothing."

    def match(self, cfn):
        routed = {name for _, route in resources(cfn, "AWS::ApiGatewayV2::Route") for name in named(route)}
        integrations = resources(cfn, "AWS::ApiGatewayV2::Integration")
        called = {name for one, integration in integrations if one in routed for name in named(integration)}
        called |= invoked_by(cfn, *TRIGGERS).keys()
        for name, _ in functions(cfn):
            if name not in called:
                yield fault(name, "is called by nothing: add its route, mapping, schedule or notification.")


class QueueOutlivesFunction(CloudFormationLintRule):
    """A message stays hidden for longer than the function may work on it."""

    id = "E9606"
    shortdesc = "A queue waits for its function"
    description = "A shorter visibility time-out hands the same message to two executions (AWS advises six times)."

    def match(self, cfn):
        limits = {name: function.get("Timeout", 3) for name, function in functions(cfn)}
        queues = dict(resources(cfn, "AWS::SQS::Queue"))
        for _, mapping in resources(cfn, "AWS::Lambda::EventSourceMapping"):
            for name, _ in references(mapping.get("EventSourceArn")):
                hidden = next(each(queues.get(name, {}), "VisibilityTimeout"), 30)
                longest = max((limits.get(one, 0) for one in named(mapping.get("FunctionName"))), default=0)
                if name in queues and hidden < 6 * longest:
                    yield fault(name, f"hands a message out again too soon: set VisibilityTimeout to at least "
                                f"{6 * longest}.", "VisibilityTimeout")
