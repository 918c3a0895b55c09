"""Stream mappings and queues: a record that cannot be handled is parked, and never holds up its neighbors."""

import json

from cfnlint.rules import CloudFormationLintRule
from rules.walk import each, fault, found, is_true, named, numbers, references, resources, sources, texts

MAPPING = "AWS::Lambda::EventSourceMapping"
# DynamoDB keeps records of a stream for 24 hours; an older limit on their age never takes effect.
STREAM_SECONDS = 24 * 3600
# The most retries that still count as an end. At two minutes apart this is more than a working day.
MOST_RETRIES = 100


def stream_mappings(cfn):
    """The mappings that read a table's stream, each with the names of its tables."""
    tables = {name for name, _ in resources(cfn, "AWS::DynamoDB::Table")}
    for name, mapping in resources(cfn, MAPPING):
        sources = named(mapping.get("EventSourceArn"))
        if sources & tables or "stream" in " ".join(texts(mapping.get("EventSourceArn"))).lower():
            yield name, mapping, sources & tables


class StreamExists(CloudFormationLintRule):
    """A mapping reads the stream of a table that has one, with the images that its filters look at."""

    id = "E9201"
    shortdesc = "A mapping reads a stream that exists"
    description = "Without the stream nothing is ever announced: the stream is the outbox."

    def match(self, cfn):
        tables = dict(resources(cfn, "AWS::DynamoDB::Table"))
        for name, mapping, sources in stream_mappings(cfn):
            patterns = " ".join(texts(mapping.get("FilterCriteria")))
            for source in sources:
                for view in found(tables[source], "StreamSpecification", "StreamViewType"):
                    if view is None:
                        yield fault(name, f"reads the stream of {source}, which has none: give the table a "
                                    "StreamSpecification.", "EventSourceArn")
                    elif any(image in patterns and view not in (kind, "NEW_AND_OLD_IMAGES")
                             for image, kind in (("NewImage", "NEW_IMAGE"), ("OldImage", "OLD_IMAGE"))):
                        yield fault(name, f"filters by an image that the stream of {source} does not carry: set its "
                                    "StreamViewType to the images that the filters name.", "FilterCriteria")
                yield from self.filtered(cfn, name, mapping)
                if (source, "StreamArn") not in references(mapping.get("EventSourceArn")):
                    yield fault(name, f"does not read a stream: set EventSourceArn: !GetAtt {source}.StreamArn.",
                                "EventSourceArn")


    @staticmethod
    def filtered(cfn, name, mapping):
        """What a filter lets through that no code writes, or not as it is written."""
        code = sources(cfn.filename, "shared/store/src")
        for one in each(mapping, "FilterCriteria", "Filters"):
            try:
                pattern = json.loads(one.get("Pattern", "{}"))
            except ValueError:
                continue  # The local cloud refuses to start with it.
            keys = pattern.get("dynamodb", {}).get("Keys", {}).get("sk", {}).get("S", [])
            for key in keys:
                prefix = key.get("prefix", "") if isinstance(key, dict) else key
                if code is not None and f'"{prefix}' not in code:
                    yield fault(name, f"waits for {prefix}, which no code writes: mend the prefix in FilterCriteria, or name it in "
                                "shared/store.", "FilterCriteria")
            if "NewImage" in pattern.get("dynamodb", {}) and "MODIFY" not in pattern.get("eventName", ["MODIFY"]):
                yield fault(name, "filters by a state and leaves out what changes it: add MODIFY to the eventName of that filter.",
                            "FilterCriteria")


class RetriesEnd(CloudFormationLintRule):
    """A batch that fails is given up in the end, while it can still be read again."""

    id = "E9202"
    shortdesc = "Retries of a stream end"
    description = "The default is to try for ever: one poison record blocks its shard for 24 hours."

    def match(self, cfn):
        limits = (("MaximumRetryAttempts", MOST_RETRIES), ("MaximumRecordAgeInSeconds", STREAM_SECONDS - 1))
        for name, mapping, _ in stream_mappings(cfn):
            for key, most in limits:
                if not all(0 <= number <= most for number in numbers(cfn, mapping.get(key))):
                    yield fault(name, f"retries without end: set {key} to at most {most}.", key)


class PartialResponses(CloudFormationLintRule):
    """A function says which records of a batch failed."""

    id = "E9203"
    shortdesc = "A mapping takes partial batch responses"
    description = "Without them one failure repeats the whole batch, and our answer is read as full success."

    def match(self, cfn):
        for name, mapping in resources(cfn, MAPPING):
            if found(mapping, "FunctionResponseTypes") != [["ReportBatchItemFailures"]]:
                yield fault(name, "takes a partial failure for success: set FunctionResponseTypes: "
                            "[ReportBatchItemFailures].", "FunctionResponseTypes")


class Bisects(CloudFormationLintRule):
    """A batch that fails as a whole is halved until the culprit is alone."""

    id = "E9204"
    shortdesc = "A stream mapping halves a failing batch"
    description = "A function that crashes names no record: only halving finds it."

    def match(self, cfn):
        for name, mapping, _ in stream_mappings(cfn):
            if not all(map(is_true, found(mapping, "BisectBatchOnFunctionError"))):
                yield fault(name, "gives up a whole batch for one record: set BisectBatchOnFunctionError: true.",
                            "BisectBatchOnFunctionError")


class FailureDestination(CloudFormationLintRule):
    """What a mapping gives up is parked where an alarm sees it."""

    id = "E9205"
    shortdesc = "A stream mapping parks what it gives up"
    description = "Without a destination a record that was given up leaves no trace."

    def match(self, cfn):
        for name, mapping, _ in stream_mappings(cfn):
            if not all(named(one) for one in found(mapping, "DestinationConfig", "OnFailure", "Destination")):
                yield fault(name, "loses what it gives up: set DestinationConfig.OnFailure.Destination to a queue.",
                            "DestinationConfig")


class QueueHasRedrive(CloudFormationLintRule):
    """A queue of work has a dead-letter queue; a dead-letter queue keeps what it got for 14 days."""

    id = "E9206"
    shortdesc = "A queue of work has a redrive, a dead-letter queue has time"
    description = "A message that cannot be handled must neither circle for ever nor expire over a weekend."

    def match(self, cfn):
        dead_letters = dead_letter_queues(cfn)
        for name, queue in resources(cfn, "AWS::SQS::Queue"):
            if name in dead_letters and is_true(queue.get("FifoQueue")):
                yield fault(name, "is no place that a schedule can park in: remove FifoQueue.", "FifoQueue")
            if name not in dead_letters and not all(found(queue, "RedrivePolicy")):
                yield fault(name, "tries a bad message for ever: set RedrivePolicy.", "RedrivePolicy")
            allowed = list(found(queue, "RedriveAllowPolicy", "redrivePermission"))
            if name in dead_letters and not set(allowed) <= {"denyAll", "byQueue"}:
                yield fault(name, "may be the end of any queue of the account: set RedriveAllowPolicy to denyAll, or "
                            "byQueue with the queues that end in it.", "RedriveAllowPolicy")
            days = [number / 86400 for number in numbers(cfn, queue.get("MessageRetentionPeriod"), absent=4 * 86400)]
            if name in dead_letters and min(days) < 14:
                yield fault(name, "forgets what was left in it: set MessageRetentionPeriod: 1209600.",
                            "MessageRetentionPeriod")


def dead_letter_queues(cfn):
    """The queues that something parks its failures in."""
    queues = {name for name, _ in resources(cfn, "AWS::SQS::Queue")}
    places = ("DestinationConfig", "DeadLetterConfig", "RedrivePolicy")
    return {name for holder in cfn.get_resources().values() for name in _parked(holder, places)} & queues


def _parked(value, places):
    if isinstance(value, list):
        return {name for entry in value for name in _parked(entry, places)}
    if not isinstance(value, dict):
        return set()
    return {
        name
        for key, inner in value.items()
        for name in (named(inner) if key in places else _parked(inner, places))
    }
