"""Functions: each with its role, its logs and what starts it."""

import re
import textwrap
from dataclasses import dataclass

from parts import FOLDER, Mapping, entries, part, read
from shapes import always_list, one_or_list, shape

# What a function may say of itself; anything else is a slip of the pen.
KNOWN = {
    "does", "memory", "timeout", "reserved", "variables", "rights", "routes", "names", "pages", "uploads", "retries",
    "schedule", "stream", "queue", "dead-letters", "alarms",
}
BEHIND_THE_API = "ORIGIN_SECRET"
# A case id has eight characters.
CASE_ID = ("case-id", "????????")
# The columns that a statement of a role is indented by in the template.
INDENT = 16


# Where the code says which stored data it knows.
SCHEMA = FOLDER.parents[1] / "shared/store/src/schema.rs"


class Unclear(Exception):
    """A part from which no template follows. The sentence names the file and the remedy."""


@dataclass
class Function:
    """One file of the folder `functions`."""

    name: str
    says: Mapping

    def __post_init__(self):
        unknown = sorted(set(self.says) - KNOWN)
        if unknown:
            raise Unclear(f"{self.file} says {', '.join(unknown)}: it may say {', '.join(sorted(KNOWN))}")
        missing = sorted({"does", "variables", "rights"} - set(self.says))
        if missing:
            raise Unclear(f"{self.file} does not say {', '.join(missing)}: add it")
        parks = self.says.keys() & {"retries", "schedule", "stream", "queue"}
        if parks and "dead-letters" not in self.says:
            raise Unclear(f"{self.file} parks failures nowhere: say under dead-letters what they hold")

    @property
    def file(self):
        """Where it is written."""
        return f"functions/{self.name}.yaml"

    @property
    def id(self):
        """What its logical ids begin with."""
        return "".join(word.capitalize() for word in self.name.split("-"))

    @property
    def camel(self):
        """Its name as the id of a metric."""
        return self.id[0].lower() + self.id[1:]

    @property
    def is_behind_api(self):
        """Whether the API calls it."""
        return "routes" in self.says or "pages" in self.says

    @property
    def memory(self):
        """Its megabytes."""
        return int(self.says.get("memory", "256"))

    @property
    def timeout(self):
        """Its seconds."""
        return int(self.says.get("timeout", "10"))

    def comment(self, key):
        """The comment above a key; None where there is none."""
        return self.says.comments.get(key) or None


def load(folder=FOLDER / "functions"):
    """Every function: those behind the API first, then those that events start."""
    found = [Function(path.stem, read(path.read_text("utf-8"))) for path in sorted(folder.glob("*.yaml"))]
    return sorted(found, key=lambda one: (not one.is_behind_api, one.name))


def resources(function, buckets):
    """The resources of a function but for routes and schedule. `buckets` has the ARN of each, by its logical id."""
    says, names = function.says, {"Name": function.id, "name": function.name}
    yield from (_function(function), _role(function, buckets), shape("logs", **names))
    if "dead-letters" in says:
        yield _dead_letters(function)
    if bucket := says.get("uploads"):
        yield shape("upload-permission", **names, bucket=buckets[bucket])
    if retries := says.get("retries"):
        yield shape("invoke-config", **names, **retries, comment=function.comment("retries"))
    if stream := says.get("stream"):
        given = {key: stream[key] for key in ("table", "batch", "times", "within")}
        yield shape("stream", **names, **given, filters=textwrap.dedent(stream.blocks["filters"]))
    if queue := says.get("queue"):
        # AWS asks for six times the time of the function, so that no message is handled twice while it is retried.
        hidden = str(6 * function.timeout)
        yield shape("queue", **names, hidden=hidden, times=queue["times"], comment=function.comment("queue"))
        yield shape("queue-mapping", **names, batch=queue["batch"], most=queue["at-once"])


def schema():
    """The number of the newest step of stored data that the code knows."""
    return re.search(r"pub const SCHEMA: u32 = (\d+);", SCHEMA.read_text("utf-8"))[1]


def release_role(functions):
    """The role by which CodeDeploy shifts requests from one version to the next."""
    behind = [function.id for function in functions if function.is_behind_api]
    lines = [line for one in behind for line in (f"- !GetAtt {one}Function.Arn", f"- !Sub ${{{one}Function.Arn}}:live")]
    return shape("release-role", functions="\n".join(lines))


def schedules(functions):
    """The ticks, each with the role that it comes by."""
    for function in functions:
        if schedule := function.says.get("schedule"):
            yield shape("schedule", Name=function.id, **schedule)
            yield shape("schedule-role", Name=function.id)


def _function(function):
    says = function.says
    parks = "The API waits for every answer." if function.is_behind_api else "Its invoke config parks failures."
    parks = "Its stream mapping parks failures." if "stream" in says else parks
    parks = "Its queue parks failures." if "queue" in says else parks
    reserved = says.get("reserved")
    return shape(
        "function", release=f"Release ${{Release}}, data {schema()}.", Name=function.id, name=function.name, comment=function.comment("does"), does=says["does"],
        unreserved=None if reserved else "Only reports have executions reserved; see IntakeConcurrency.",
        reserved=reserved, parks=parks, memory=str(function.memory), timeout=str(function.timeout),
        variables=_variables(function), canary=shape("canary") if function.is_behind_api else None,
    )


def _variables(function):
    known = {entry.name: entry.text for entry in part("variables.yaml")}
    wanted = function.says["variables"] + ([BEHIND_THE_API] if function.is_behind_api else [])
    if missing := [name for name in wanted if name not in known]:
        raise Unclear(f"{function.file} asks for {', '.join(missing)}: say in variables.yaml what that is")
    return "".join(text for name, text in known.items() if name in wanted)


def _role(function, buckets):
    says, rights = function.says, []
    for sid, right in says["rights"].items():
        if set(right) - {"of"} != {"on", "do"}:
            raise Unclear(f"{function.file}: {sid} has {', '.join(right)}; write `on`, `do`, and `of` for partitions")
        rights.append(_right(sid, right, buckets, says["rights"].comments.get(sid) or None))
    given = {"on": f"{function.id}DeadLetters", "do": ["SendMessage"]}
    streams = ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"]
    if stream := says.get("stream"):
        rights.append(_right("ReadStream", {"on": f"{stream['table']}.StreamArn", "do": streams}, buckets))
    if "queue" in says:
        work = {"on": f"{function.id}Queue", "do": ["DeleteMessage", "GetQueueAttributes", "ReceiveMessage"]}
        rights.append(_right("TakeWork", work, buckets))
    elif "dead-letters" in says:
        rights.append(_right("ParkFailures", given, buckets))
    hands_over = any("SendMessage" in right["do"] for right in says["rights"].values())
    return shape(
        "role", Name=function.id, name=function.name, rights="".join(rights),
        queued=shape("opened-by-queue") if hands_over or "queue" in says else None,
        sealed=shape("sealed-for-queue") if hands_over else None,
    )


def _right(sid, right, buckets, comment=None):
    """A statement: `on` names a table, an index, a bucket or what lies in it, or a queue."""
    logical, _, inner = right["on"].partition("/")
    service = "s3" if logical in buckets else "sqs" if logical.endswith(("Queue", "DeadLetters")) else "dynamodb"
    arn = buckets.get(logical) or (f"!GetAtt {logical}" if "." in logical else f"!GetAtt {logical}.Arn")
    if inner:
        whole = arn.removeprefix("!Sub ") if arn.startswith("!Sub") else f"${{{logical}.Arn}}"
        arn = f"!Sub {whole}/{inner}"
    actions = one_or_list("Action", [f"{service}:{action}" for action in right["do"]], INDENT)
    partitions = None
    if right.get("of"):
        keys = always_list("dynamodb:LeadingKeys", [_partition(key) for key in right["of"]], INDENT + 4)
        partitions = shape("partitions", keys=keys)
    return shape("right", sid=sid, actions=actions, resource=arn, partitions=partitions, comment=comment)


def _partition(key):
    """A partition of the district: `$` is its name, `case-id` stands for every case."""
    if not key.startswith("$"):
        return key
    return "!Ref District" if key == "$" else f"!Sub '${{District}}{key[1:].replace(*CASE_ID)}'"


def _dead_letters(function):
    allowed = "{ redrivePermission: denyAll }"
    if "queue" in function.says:
        arn = f"arn:${{AWS::Partition}}:sqs:${{AWS::Region}}:${{AWS::AccountId}}:${{AWS::StackName}}-{function.name}"
        allowed = f"{{ redrivePermission: byQueue, sourceQueueArns: [!Sub '{arn}'] }}"
    return shape("dead-letters", Name=f"{function.id}DeadLetters", holds=function.says["dead-letters"], allowed=allowed,
                 comment=function.comment("dead-letters"))
