"""What each metric is, ours and AWS's, and what of it must be watched: two tables from which alarms are judged.

A metric that an alarm watches must stand in `METRICS`; what must be watched stands in `WATCHED`. A new kind of metric
is a row here, and not a rule.
"""

from dataclasses import dataclass
from math import inf

from rules.streams import dead_letter_queues, stream_mappings
from rules.walk import each, found, functions, invoked_by, named, numbers, resources

ALARM = "AWS::CloudWatch::Alarm"
# What the namespace of the metrics that our own code reports begins with; see shared/runtime/src/telemetry.rs.
NAMESPACE = "Zhitiao"
LAMBDA, SQS, DYNAMODB = "AWS/Lambda", "AWS/SQS", "AWS/DynamoDB"
HTTP = ("AWS::ApiGatewayV2::Integration",)

# How a metric counts. Its alarm may use these statistics; and silence means this much where the alarm is for too much.
COUNT = ("Sum",)
PEAK = ("Maximum",)
TIME = ("Maximum", "p50", "p90", "p95", "p99")
# The periods that CloudWatch keeps for days and alarms may use; below a minute only metrics of high resolution exist.
PERIODS = (60, 300, 900, 3600, 21600, 86400)


@dataclass(frozen=True)
class Metric:
    """A metric: the dimensions that name one of it, each with what its value refers to, and what alarms may do."""

    dimensions: tuple
    statistics: tuple
    # The greatest value that a threshold may sensibly have, beyond which it never fires; the least, below which always.
    most: float = inf
    least: float = 0


DISTRICT = (("district", "District"),)
FUNCTION_NAME = (("FunctionName", "AWS::Lambda::Function"),)
INDEX = (("TableName", "AWS::DynamoDB::Table"), ("GlobalSecondaryIndexName", None))

METRICS = {
    (LAMBDA, "Errors"): (Metric(FUNCTION_NAME, COUNT, 100),),
    (LAMBDA, "Throttles"): (Metric(FUNCTION_NAME, COUNT, 100), Metric((), COUNT, 100)),
    (LAMBDA, "Invocations"): (Metric(FUNCTION_NAME, COUNT, 100),),
    (LAMBDA, "Duration"): (Metric(FUNCTION_NAME, TIME, 30_000, 1000),),
    (LAMBDA, "IteratorAge"): (Metric(FUNCTION_NAME, PEAK, 3_600_000, 60_000),),
    (LAMBDA, "ConcurrentExecutions"): (Metric((), PEAK, 95, 50),),
    (SQS, "ApproximateNumberOfMessagesVisible"): (Metric((("QueueName", "AWS::SQS::Queue"),), PEAK, 1000),),
    (SQS, "ApproximateAgeOfOldestMessage"): (Metric((("QueueName", "AWS::SQS::Queue"),), PEAK, 86_400),),
    ("AWS/ApiGateway", "5xx"): (Metric((("ApiId", "AWS::ApiGatewayV2::Api"),), COUNT, 100),),
    ("AWS/ApiGateway", "4xx"): (Metric((("ApiId", "AWS::ApiGatewayV2::Api"),), COUNT, 10_000),),
    ("AWS/ApiGateway", "Latency"): (Metric((("ApiId", "AWS::ApiGatewayV2::Api"),), TIME, 30_000),),
    **dict.fromkeys(
        ((DYNAMODB, "WriteThrottleEvents"), (DYNAMODB, "ReadThrottleEvents")),
        (Metric(INDEX[:1], COUNT, 1000), Metric(INDEX, COUNT, 1000)),
    ),
    ("AWS/SNS", "NumberOfNotificationsFailed"): (Metric((("TopicName", "AWS::SNS::Topic"),), COUNT, 100),),
    ("AWS/CertificateManager", "DaysToExpiry"): (Metric((("CertificateArn", None),), ("Minimum",), 60),),
    (NAMESPACE, "ReportsAccepted"): (Metric(DISTRICT, COUNT, 10_000),),
    (NAMESPACE, "RecordsFailed"): (Metric(DISTRICT, COUNT, 100),),
    (NAMESPACE, "MessagesFailed"): (Metric(DISTRICT, COUNT, 100),),
    (NAMESPACE, "DueItemsFailed"): (Metric(DISTRICT, COUNT, 100),),
    (NAMESPACE, "ReminderLateness"): (Metric(DISTRICT, PEAK, 3600, 120),),
    (NAMESPACE, "DeliveriesParked"): (Metric(DISTRICT, COUNT, 100),),
    (NAMESPACE, "UnitsOutOfReach"): (Metric(DISTRICT, COUNT, 100),),
    (NAMESPACE, "CalendarMissingNextYear"): (Metric(DISTRICT, PEAK, 1),),
    (NAMESPACE, "PhotosWaiting"): (Metric(DISTRICT, PEAK, 1000),),
    (NAMESPACE, "ErrorLines"): (Metric(DISTRICT, COUNT, 1000),),
    # From a filter of the access log; a filter adds no dimensions.
    (NAMESPACE, "SignInFailures"): (Metric((), COUNT, 1000),),
}


@dataclass(frozen=True)
class Part:
    """One metric that an alarm looks at, by itself or as part of an expression."""

    alarm: dict
    namespace: str
    metric: str
    dimensions: tuple
    statistic: str
    period: object

    def on(self):
        """The logical ids that its dimensions name."""
        return {name for _, value in self.dimensions for name in named(value)}

    def span(self, cfn):
        """The most seconds that the alarm looks back on."""
        return max(numbers(cfn, self.period)) * max(numbers(cfn, self.alarm.get("EvaluationPeriods"), absent=1))


def namespace(value):
    """A namespace without the stack that follows in ours."""
    text = value.get("Fn::Sub", "") if isinstance(value, dict) else value
    if text == NAMESPACE:
        return f"{NAMESPACE} of no stack"
    return NAMESPACE if text == f"{NAMESPACE}/${{AWS::StackName}}" else str(text)


def parts(alarm):
    """Each metric that an alarm looks at."""
    if "MetricName" in alarm:
        yield _part(alarm, alarm, alarm.get("Period"), alarm.get("Statistic") or alarm.get("ExtendedStatistic"))
    for query in each(alarm, "Metrics"):
        for stat in each(query, "MetricStat"):
            for metric in each(stat, "Metric"):
                yield _part(alarm, metric, stat.get("Period"), stat.get("Stat"))


def _part(alarm, metric, period, statistic):
    dimensions = tuple((one.get("Name"), one.get("Value")) for one in each(metric, "Dimensions"))
    return Part(alarm, namespace(metric.get("Namespace")), metric.get("MetricName"), dimensions, statistic, period)


def expressions(alarm):
    """The expressions of an alarm."""
    return [query["Expression"] for query in each(alarm, "Metrics") if "Expression" in query]


def tells(cfn, alarm):
    """The topics of the template that an alarm tells when it goes off."""
    is_on = all(value is None or str(value).lower() == "true" for value in found(alarm, "ActionsEnabled"))
    return named(alarm.get("AlarmActions")) & {name for name, _ in resources(cfn, "AWS::SNS::Topic")} if is_on else set()


def is_floor(alarm):
    """Whether an alarm is for too little."""
    return str(alarm.get("ComparisonOperator")).startswith("LessThan")


# What must be watched.


@dataclass(frozen=True)
class Watch:
    """A metric that some alarm must look at: for which things, up to which bound, within how many seconds."""

    namespace: str
    metric: str
    targets: object
    bound: float
    seconds: float
    words: str
    floor: bool = False
    urgent: bool = False
    # Looked at for a shorter time, a floor is reached by every quiet hour.
    shortest: float = 0

    def holds(self, cfn, part):
        """Whether an alarm's look at the metric is sharp and quick enough."""
        alarm = part.alarm
        bounds = list(numbers(cfn, alarm.get("Threshold")))
        strict = alarm.get("ComparisonOperator") in ("GreaterThanThreshold", "LessThanOrEqualToThreshold")
        if is_floor(alarm) != self.floor or not self.shortest <= part.span(cfn) <= self.seconds:
            return False
        if self.floor:
            return min(bounds) >= self.bound - (1 if strict else 0)
        return max(bounds) <= self.bound + (0 if strict else 1)


def _background(cfn):
    """The functions for whose failure no caller is told."""
    return {name for name, _ in functions(cfn)} - invoked_by(cfn, *HTTP).keys()


def _readers(cfn):
    known = {name for name, _ in functions(cfn)}
    return {name for _, mapping, _ in stream_mappings(cfn) for name in named(mapping.get("FunctionName")) & known}


def _given_up(cfn):
    """The queues of stream records, which can be replayed for 24 hours only."""
    return {name for _, mapping, _ in stream_mappings(cfn) for name in named(found(mapping, "DestinationConfig"))}


def _worked_off(cfn):
    """The other dead-letter queues."""
    return dead_letter_queues(cfn) - _given_up(cfn)


def _scheduled(cfn):
    otherwise = invoked_by(cfn, "AWS::S3::Bucket", *HTTP, "AWS::SNS::Subscription")
    return invoked_by(cfn, "AWS::Scheduler::Schedule", "AWS::Events::Rule").keys() - otherwise.keys()


def _of(kind):
    return lambda cfn: {name for name, _ in resources(cfn, kind)}


def _indexes(cfn):
    """Each table, and each index as (table, index)."""
    for name, table in resources(cfn, "AWS::DynamoDB::Table"):
        if "StreamSpecification" in table:
            yield name
            yield from ((name, one.get("IndexName")) for one in each(table, "GlobalSecondaryIndexes"))


def _once(cfn):
    return {"District"} if any(resources(cfn, "AWS::SNS::Topic")) else ()


WATCHED = (
    Watch(LAMBDA, "Errors", _background, 0, 300, "the Sum, greater than 0 within 5 minutes"),
    Watch(LAMBDA, "Invocations", _scheduled, 1, 900, "the Sum, less than 1 within 3 to 15 minutes", floor=True,
          urgent=True, shortest=180),
    Watch(LAMBDA, "IteratorAge", _readers, 300_000, 300, "the Maximum, greater than at most 300000 ms within 5 minutes",
          urgent=True),
    Watch(SQS, "ApproximateNumberOfMessagesVisible", _worked_off, 0, 300, "the Maximum, greater than 0 within 5 minutes"),
    Watch(SQS, "ApproximateNumberOfMessagesVisible", _given_up, 0, 300, "the Maximum, greater than 0 within 5 minutes",
          urgent=True),
    Watch("AWS/ApiGateway", "5xx", _of("AWS::ApiGatewayV2::Api"), 10, 300, "the Sum, at most 10 within 5 minutes",
          urgent=True),
    Watch(DYNAMODB, "WriteThrottleEvents", _indexes, 10, 300, "the Sum, at most 10 within 5 minutes"),
    Watch("AWS/SNS", "NumberOfNotificationsFailed", _of("AWS::SNS::Topic"), 0, 300, "the Sum, greater than 0"),
    Watch(NAMESPACE, "ReportsAccepted", _once, 1, 24 * 3600, "the Sum, less than 1 within 12 to 24 hours", floor=True,
          shortest=12 * 3600),
    Watch(NAMESPACE, "CalendarMissingNextYear", _once, 0, 3600, "the Maximum, at least 1 within an hour"),
    Watch(NAMESPACE, "DueItemsFailed", _once, 0, 900, "the Sum, at least 1 within 15 minutes"),
    Watch(NAMESPACE, "ReminderLateness", _once, 900, 300, "the Maximum, greater than at most 900 seconds",
          urgent=True),
    Watch(NAMESPACE, "DeliveriesParked", _once, 0, 900, "the Sum, at least 1 within 15 minutes"),
    Watch(NAMESPACE, "UnitsOutOfReach", _once, 0, 900, "the Sum, at least 1 within 15 minutes"),
    Watch(NAMESPACE, "ErrorLines", _once, 10, 900, "the Sum, greater than at most 10 within 15 minutes"),
    Watch(NAMESPACE, "PhotosWaiting", _once, 50, 3600, "the Maximum, greater than at most 50 within an hour"),
)
