"""Alarms: whatever fails, somebody is told."""

from math import inf

from cfnlint.rules import CloudFormationLintRule
from rules.schedules import EVENT_RULE, SCHEDULE
from rules.streams import dead_letter_queues, stream_mappings
from rules.walk import each, fault, found, functions, invoked_by, is_true, named, numbers, resources

ALARM = "AWS::CloudWatch::Alarm"
# The namespace of the metrics that our own code reports; see shared/runtime/src/telemetry.rs.
NAMESPACE = "Zhitiao"
# How long a scheduled function may be silent, and how far a reader of a stream may be behind, until somebody is told.
HEARTBEAT_SECONDS = 900
LAG_SECONDS = 300


def watched(cfn, namespace, metric):
    """What alarms that tell somebody watch by a metric: {logical id: [the properties of each alarm]}."""
    topics = {name for name, _ in resources(cfn, "AWS::SNS::Topic")}
    alarms = {}
    for _, alarm in resources(cfn, ALARM):
        if (alarm.get("Namespace"), alarm.get("MetricName")) == (namespace, metric) and _tells(alarm, topics):
            for name in named([dimension.get("Value") for dimension in each(alarm, "Dimensions")]):
                alarms.setdefault(name, []).append(alarm)
    return alarms


def _tells(alarm, topics):
    is_on = all(value is None or is_true(value) for value in found(alarm, "ActionsEnabled"))
    return is_on and bool(named(alarm.get("AlarmActions")) & topics)


class AlarmActs(CloudFormationLintRule):
    """An alarm tells the topic that people listen to."""

    id = "E9701"
    shortdesc = "An alarm has an action"
    description = "An alarm without an action is a color on a page that nobody looks at."

    def match(self, cfn):
        topics = {name for name, _ in resources(cfn, "AWS::SNS::Topic")}
        for name, alarm in resources(cfn, ALARM):
            if not _tells(alarm, topics):
                yield fault(name, "tells nobody: set AlarmActions to a topic of this template, and no ActionsEnabled.",
                            "AlarmActions")


class FunctionAlarms(CloudFormationLintRule):
    """Errors and throttles of each function go off within five minutes."""

    id = "E9702"
    shortdesc = "A function has alarms for errors and throttles"
    description = "A function that fails for everybody must not be found by residents first."

    def match(self, cfn):
        for metric in ("Errors", "Throttles"):
            alarms = watched(cfn, "AWS/Lambda", metric)
            for name, _ in functions(cfn):
                if not any(_goes_off(cfn, alarm, 300) for alarm in alarms.get(name, ())):
                    yield fault(name, f"has no alarm for {metric}: add an AWS::CloudWatch::Alarm on AWS/Lambda "
                                f"{metric} of it, greater than 0 within 5 minutes, with an action.")


class DurationAlarms(CloudFormationLintRule):
    """A function that comes near its time-out is told of before it reaches it."""

    id = "E9707"
    shortdesc = "A function has an alarm below its time-out"
    description = "What slows down grows into failures; the alarm before them leaves time to act."

    def match(self, cfn):
        alarms = watched(cfn, "AWS/Lambda", "Duration")
        for name, function in functions(cfn):
            limit = max(0, min(numbers(cfn, function.get("Timeout"), absent=3))) * 1000
            if not any(_is_ceiling(cfn, alarm, limit) for alarm in alarms.get(name, ())):
                yield fault(name, f"reaches its time-out unseen: add an AWS::CloudWatch::Alarm on the Maximum of its "
                            f"Duration, greater than at most {limit * 0.9:g} ms, with an action.")


def _is_ceiling(cfn, alarm, limit):
    bound = max(numbers(cfn, alarm.get("Threshold")))
    is_above = str(alarm.get("ComparisonOperator")).startswith("GreaterThan")
    return alarm.get("Statistic") == "Maximum" and is_above and bound <= limit * 0.9


def _span(cfn, alarm):
    """The most seconds that an alarm looks back on."""
    return max(numbers(cfn, alarm.get("Period"))) * max(numbers(cfn, alarm.get("EvaluationPeriods"), absent=1))


class DeadLetterAlarms(CloudFormationLintRule):
    """What was left behind is told within a minute."""

    id = "E9703"
    shortdesc = "A dead-letter queue has an alarm"
    description = "A stream keeps its records for 24 hours: what was given up must be replayed within that time."

    def match(self, cfn):
        alarms = watched(cfn, "AWS/SQS", "ApproximateNumberOfMessagesVisible")
        for name in sorted(dead_letter_queues(cfn)):
            if not any(_goes_off(cfn, alarm, 60) for alarm in alarms.get(name, ())):
                yield fault(name, "has no alarm: add an AWS::CloudWatch::Alarm on its "
                            "ApproximateNumberOfMessagesVisible, greater than 0 within 60 seconds, with an action.")


def _goes_off(cfn, alarm, seconds):
    """Whether an alarm goes off at the first occurrence, after at most so many seconds."""
    is_counted = alarm.get("Statistic") in ("Sum", "Maximum")
    bound = (alarm.get("ComparisonOperator"), *numbers(cfn, alarm.get("Threshold")))
    first = (("GreaterThanThreshold", 0.0), ("GreaterThanOrEqualToThreshold", 1.0))
    return is_counted and _span(cfn, alarm) <= seconds and bound in first


def _misses(cfn, alarm, seconds):
    """Whether an alarm goes off when so many seconds have passed without anything."""
    least = {"LessThanThreshold": 1, "LessThanOrEqualToThreshold": 0}.get(alarm.get("ComparisonOperator"), inf)
    is_counted = alarm.get("Statistic") in ("Sum", "SampleCount")
    return is_counted and _span(cfn, alarm) <= seconds and min(numbers(cfn, alarm.get("Threshold"))) >= least


class Heartbeats(CloudFormationLintRule):
    """A function that only a schedule starts is missed when it does not run."""

    id = "E9704"
    shortdesc = "A scheduled function has a heartbeat"
    description = "A sweep that does not run makes no error: only its silence tells."

    def match(self, cfn):
        scheduled = invoked_by(cfn, SCHEDULE, EVENT_RULE)
        otherwise = invoked_by(cfn, "AWS::S3::Bucket", "AWS::ApiGatewayV2::Integration", "AWS::SNS::Subscription")
        beats = watched(cfn, "AWS/Lambda", "Invocations")
        for name in scheduled.keys() - otherwise.keys():
            if not any(_misses(cfn, alarm, HEARTBEAT_SECONDS) for alarm in beats.get(name, ())):
                yield fault(name, "is missed by nobody when it does not run: add an AWS::CloudWatch::Alarm on the Sum "
                            f"of its Invocations, less than 1 within {HEARTBEAT_SECONDS} seconds, "
                            "TreatMissingData: breaching.")


def _is_floor(alarm):
    return str(alarm.get("ComparisonOperator")).startswith("LessThan")


class SilenceBreaches(CloudFormationLintRule):
    """An alarm for too little goes off when there is nothing at all."""

    id = "E9705"
    shortdesc = "An alarm for too little counts silence"
    description = "What stopped sends no data, so that the default would never go off."

    def match(self, cfn):
        for name, alarm in resources(cfn, ALARM):
            if _is_floor(alarm) and found(alarm, "TreatMissingData") != ["breaching"]:
                yield fault(name, "stays silent when nothing is measured: set TreatMissingData: breaching.",
                            "TreatMissingData")


class LagAlarms(CloudFormationLintRule):
    """A reader of a stream that falls behind is told of."""

    id = "E9706"
    shortdesc = "A stream's reader has an alarm for its lag"
    description = "A shard that is stuck makes notices late long before anything fails."

    def match(self, cfn):
        lagging = watched(cfn, "AWS/Lambda", "IteratorAge")
        known = {name for name, _ in functions(cfn)}
        for _, mapping, _ in stream_mappings(cfn):
            for name in named(mapping.get("FunctionName")) & known:
                if not any(_sees_lag(cfn, alarm) for alarm in lagging.get(name, ())):
                    yield fault(name, "may fall behind unseen: add an AWS::CloudWatch::Alarm on the Maximum of its "
                                f"IteratorAge, greater than at most {LAG_SECONDS * 1000} ms within "
                                f"{LAG_SECONDS} seconds.")


def _sees_lag(cfn, alarm):
    return _is_ceiling(cfn, alarm, LAG_SECONDS * 1000 / 0.9) and _span(cfn, alarm) <= LAG_SECONDS


class DistrictAlarms(CloudFormationLintRule):
    """What only our own metrics tell has its alarms: a silent day, a calendar without next year, a record that failed.

    That a sweep did not run and that a queue holds something is asked for function by function and queue by queue.
    """

    id = "E9711"
    shortdesc = "The district's own alarms are there"
    description = "Nothing fails in AWS when no report comes in, and the metrics of an idle queue come a quarter late."

    def match(self, cfn):
        demanded = (
            ("ReportsAccepted", _misses, 24 * 3600, "the Sum, less than 1 within 24 hours"),
            ("CalendarMissingNextYear", _goes_off, 3600, "the Maximum, at least 1 within an hour"),
            ("RecordsFailed", _goes_off, 60, "the Sum, greater than 0 within 60 seconds"),
        )
        for name, _ in resources(cfn, "AWS::SNS::Topic"):
            for metric, holds, seconds, words in demanded:
                alarms = watched(cfn, NAMESPACE, metric).get("District", ())
                if not any(holds(cfn, alarm, seconds) for alarm in alarms):
                    yield fault(name, f"is not told of {metric}: add an AWS::CloudWatch::Alarm on {NAMESPACE} {metric} "
                                f"of the dimension district, {words}, with an action.")
