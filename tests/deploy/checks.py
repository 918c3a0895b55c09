"""What is asked of a deployed service, whatever its template says. A check answers sentences, none if all is well."""

import json
import re

from waiting import until

# A case number that a route gets where it names something else.
ANYTHING = "1"

PROBLEM = "application/problem+json"

# What EventBridge Scheduler sends to a function when the schedule has no input of its own.
TICK = {"source": "aws.scheduler", "detail-type": "Scheduled Event", "detail": "{}"}


def starts(service):
    """Every function starts with the environment that the template gives it."""
    for logical_id in service.stack.of_type("AWS::Lambda::Function"):
        name = service.stack.resource(logical_id).ref
        # No function knows this event; what is asked is only whether it lives to see it.
        answer = service.client("lambda").invoke(FunctionName=name, Payload=b"{}")
        text = answer["Payload"].read().decode(errors="replace")
        if "FunctionError" in answer and "during init" in text:
            yield f"{logical_id} does not start: {text}"


def refuses_strangers(service, forged):
    """Every staff route refuses callers without a token and with forged ones; every public route asks for none."""
    for logical_id, method, path, route in service.routes():
        is_public = route["AuthorizationType"] == "NONE"
        for what, token in [("no token", None), *([] if is_public else forged.items())]:
            answer = service.call(method, filled(path, ANYTHING), token=token)
            # The gateway refuses in words of its own; our functions say problems, for want of a tracking token too.
            is_refused = answer.status == 401 and answer.headers["Content-Type"] != PROBLEM
            if is_refused == is_public:
                yield f"{logical_id}: {method} {path} with {what} answers {answer.status}: {answer.text[:300]}"


def leads_to_its_function(service, token, number, tracking):
    """Every route reaches a function that knows its path and does not fail."""
    known = {}
    for logical_id, method, path, route in service.routes():
        body = {} if method == "POST" else None
        answer = service.call(method, filled(path, number), body, token, tracking_token=tracking)
        function = service.function_of(route)
        if answer.status >= 500 or function is None:
            yield f"{logical_id}: {method} {path} leads to {function} and answers {answer.status}: {answer.text[:300]}"
        else:
            known.setdefault(function, {})[method, path] = logical_id
    for function, routes in known.items():
        for key in routes.keys() - logged(service, function, routes.keys()):
            yield f"{routes[key]}: {key[0]} {key[1]} leads to {function}, which does not know it"


def logged(service, function, wanted):
    """The routes that a function knew, by the lines in its log, which may take a moment to come."""

    def seen():
        lines = service.records(function)
        return {(line.get("method"), line.get("route")) for line in lines if line.get("message") == "request"}

    try:
        until(lambda: wanted <= seen(), 3, "not all in the log")
    except AssertionError:
        pass
    return seen()


def filled(path, number):
    """The path with something for each of its parameters."""
    return re.sub(r"\{[^}]*\}", lambda found: number if found[0] == "{number}" else ANYTHING, path)


def tells_the_inbox(service, token, number, within):
    """What happens to a case goes through the table's stream to the notifier and into the inbox of the desk."""

    def told():
        messages = service.call("GET", "/v1/desk/inbox", token=token).expect(200)["messages"]
        return any(message["number"] == number for message in messages)

    try:
        until(told, within, "no message")
    except AssertionError as error:
        for logical_id in service.stack.of_type("AWS::Lambda::EventSourceMapping"):
            now = service.stack.read(logical_id).properties
            result = now.get("LastProcessingResult")
            tables = service.stack.of_type("AWS::DynamoDB::Table")
            streams = {service.stack.resource(name).attributes["StreamArn"]: name for name in tables}
            if (source := streams.get(now["EventSourceArn"])) is None:
                continue
            stream = service.stack.resource(source).properties["StreamSpecification"]
            yield (
                f"{logical_id}: nothing of {number} comes from {source} (stream {json.dumps(stream)}) to the inbox: "
                f"{error}; last result: {result}"
            )


def fires(service, schedule, within):
    """A schedule invokes its function, in a stack in which nothing else does, and the function takes what it sends."""
    target = service.stack.properties(schedule)["Target"]
    function = service.function_with(target["Arn"])
    try:
        until(lambda: service.invocations(function) > 0, within, f"{schedule} has not invoked {function}")
    except AssertionError as error:
        yield str(error)
    # The emulator does not tell how an invocation of a schedule ended, so the same event is sent once more.
    event = target.get("Input") or json.dumps(TICK)
    answer = service.client("lambda").invoke(FunctionName=target["Arn"], Payload=event.encode())
    if "FunctionError" in answer:
        yield f"{function} does not take the event of {schedule}: {answer['Payload'].read().decode(errors='replace')}"
    failed = [line for line in service.records(function) if line.get("level") in ("WARN", "ERROR")]
    if failed:
        yield f"{function}, invoked by {schedule}, says {failed}"


def left_behind(service):
    """Nothing lies in a dead-letter queue."""
    for logical_id in service.stack.of_type("AWS::SQS::Queue"):
        waiting = service.stack.read(logical_id).properties["ApproximateNumberOfMessages"]
        if waiting != "0":
            yield f"{logical_id} holds {waiting} messages"
