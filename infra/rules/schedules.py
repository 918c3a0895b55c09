"""What starts a function without a caller: schedules and upload events. No caller waits for an answer."""

from cfnlint.rules import CloudFormationLintRule
from rules.walk import each, fault, found, functions, invoked_by, is_true, named, numbers, references, resources

SCHEDULE = "AWS::Scheduler::Schedule"
EVENT_RULE = "AWS::Events::Rule"


class ScheduleDeadLetters(CloudFormationLintRule):
    """A tick that could not be delivered is parked."""

    id = "E9302"
    shortdesc = "A schedule has a dead-letter queue"
    description = "EventBridge drops a tick without a trace once its retries are used up."

    def match(self, cfn):
        for name, schedule in resources(cfn, SCHEDULE, EVENT_RULE):
            for target in [*each(schedule, "Target"), *each(schedule, "Targets")]:
                if not all(named(queue) for queue in found(target, "DeadLetterConfig", "Arn")):
                    yield fault(name, "drops ticks without a trace: set DeadLetterConfig.Arn of its target.", "Target")


class NothingSwitchedOff(CloudFormationLintRule):
    """Schedules, mappings and functions are switched on."""

    id = "E9303"
    shortdesc = "No schedule or mapping is switched off"
    description = "A deployment that leaves a trigger off looks complete, and no reminder is sent."

    def match(self, cfn):
        for name, schedule in resources(cfn, SCHEDULE, EVENT_RULE):
            if any(state not in (None, "ENABLED") for state in found(schedule, "State")):
                yield fault(name, "is switched off: set State: ENABLED.", "State")
        for name, mapping in resources(cfn, "AWS::Lambda::EventSourceMapping"):
            if any(state is not None and not is_true(state) for state in found(mapping, "Enabled")):
                yield fault(name, "is switched off: set Enabled: true.", "Enabled")
        for name, function in functions(cfn):
            reserved = function.get("ReservedConcurrentExecutions")
            # Within an `!If` on the parameter itself 0 does not get here.
            least = numbers(cfn, reserved) if isinstance(reserved, dict) and "Ref" in reserved else found(reserved)
            if any(one in (0, "0") for one in least):
                yield fault(name, "is switched off by 0 executions: remove ReservedConcurrentExecutions, or set it by !If.")


class FailedInvocations(CloudFormationLintRule):
    """A function that is called without waiting parks the calls that fail."""

    id = "E9304"
    shortdesc = "An asynchronous function parks failed calls"
    description = "Scheduler, S3 and SNS hand the event over and forget it; Lambda drops it after its retries."

    def match(self, cfn):
        parked = set()
        for _, config in resources(cfn, "AWS::Lambda::EventInvokeConfig"):
            if all(named(queue) for queue in found(config, "DestinationConfig", "OnFailure", "Destination")):
                parked |= named(config.get("FunctionName"))
        callers = invoked_by(cfn, SCHEDULE, EVENT_RULE, "AWS::S3::Bucket", "AWS::SNS::Subscription")
        for name, caller in callers.items():
            if name not in parked:
                yield fault(name, f"loses what {caller} calls it for when it fails: add an "
                            "AWS::Lambda::EventInvokeConfig with DestinationConfig.OnFailure.")
        # A tick comes again by itself, and an upload does not.
        once = invoked_by(cfn, "AWS::S3::Bucket", "AWS::SNS::Subscription")
        for name, config in resources(cfn, "AWS::Lambda::EventInvokeConfig"):
            least = min(numbers(cfn, config.get("MaximumRetryAttempts"), absent=2))
            if named(config.get("FunctionName")) & once.keys() and least < 1:
                yield fault(name, "gives up at the first failure what comes only once: set MaximumRetryAttempts: 2.",
                            "MaximumRetryAttempts")


class NotificationCircle(CloudFormationLintRule):
    """A bucket that calls a function is not named by that function or what it needs."""

    id = "E9305"
    shortdesc = "Bucket, notification and function are no circle"
    description = "CloudFormation can create neither of two resources that need each other."

    def match(self, cfn):
        for name, bucket in resources(cfn, "AWS::S3::Bucket"):
            listeners = named(bucket.get("NotificationConfiguration")) & {other for other, _ in functions(cfn)}
            for function in listeners:
                if name in _needs(cfn, function, {name}):
                    yield fault(name, f"calls {function}, which needs the bucket first: give the bucket a BucketName "
                                "by !Sub and use that same !Sub in the function's environment and role.",
                                "NotificationConfiguration")


def _needs(cfn, start, stop):
    """All that must exist before a resource; the search does not go on behind `stop`."""
    everything = cfn.get_resources()
    needed, waiting = set(), [start]
    while waiting:
        resource = everything.get(waiting.pop(), {})
        after = {name for name, _ in references(resource.get("Properties"))} | set(each(resource, "DependsOn"))
        new = (after & everything.keys()) - needed
        needed |= new
        waiting.extend(new - stop)
    return needed


class NotificationAdmitted(CloudFormationLintRule):
    """A function that a bucket calls admits it before the bucket asks, and whom it admits calls."""

    id = "E9306"
    shortdesc = "A bucket waits for the permission to notify"
    description = "S3 tests the notification when the bucket is created, and refuses it without the permission."

    def match(self, cfn):
        permissions = {
            name: named(permission.get("FunctionName"))
            for name, permission in resources(cfn, "AWS::Lambda::Permission")
            if permission.get("Principal") == "s3.amazonaws.com"
        }
        known = {name for name, _ in functions(cfn)}
        for name, bucket in resources(cfn, "AWS::S3::Bucket"):
            awaited = set(each(cfn.get_resources()[name], "DependsOn"))
            admitted = {function for permission in awaited for function in permissions.get(permission, ())}
            for function in (named(bucket.get("NotificationConfiguration")) & known) - admitted:
                yield fault(name, f"may not call {function} yet: add an AWS::Lambda::Permission for s3.amazonaws.com "
                            "and name it in the bucket's DependsOn.", "NotificationConfiguration")
        notified = {name for _, bucket in resources(cfn, "AWS::S3::Bucket") for name in named(bucket)}
        for name, called in permissions.items():
            if not called & notified:
                yield fault(name, "admits a bucket, and none calls: add a NotificationConfiguration to the bucket.")
