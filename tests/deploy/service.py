"""The deployed service as its callers see it, and the logs of its functions as its operators see them."""

import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from email.message import Message


# Seconds for which a request is sent again that the service could not take.
PATIENCE = 60


@dataclass
class Answer:
    """What came back; its headers are found in any spelling."""

    status: int
    headers: Message
    text: str

    @property
    def body(self):
        return json.loads(self.text)

    def expect(self, status):
        """The body of an answer that has this status; an AssertionError that shows the answer if it has not."""
        assert self.status == status, f"{self.status} and not {status}: {self.text[:2000]}"
        return self.body if self.text else None


def send(url, method="GET", body=None, headers=None):
    """One request over HTTP."""
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return Answer(answer.status, answer.headers, answer.read().decode(errors="replace"))
    except urllib.error.HTTPError as refusal:
        return Answer(refusal.code, refusal.headers, refusal.read().decode(errors="replace"))


class Service:
    """The service of one stack."""

    def __init__(self, stack):
        self.stack = stack
        self.client = stack.emulator.client

    def call(self, method, path, body=None, token=None, **headers):
        """One request to the API, with a staff token if there is one; `if_match` stands for `If-Match`."""
        [api] = self.stack.of_type("AWS::ApiGatewayV2::Api")
        [stage] = self.stack.of_type("AWS::ApiGatewayV2::Stage")
        stage = self.stack.resource(stage).ref
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            named["Authorization"] = f"Bearer {token}"
        if body is not None:
            named["Content-Type"] = "application/json"
            body = json.dumps(body).encode()
        url = f"{self.stack.emulator.url}/_aws/execute-api/{self.stack.physical[api]}/{stage}{path}"
        # On a busy machine the emulator answers a first read late: then the function asks for another try (503) or
        # could not start (502), as on AWS, and a client tries again with the same key.
        deadline = time.monotonic() + PATIENCE
        while (answer := send(url, method, body, named)).status in (502, 503) and time.monotonic() < deadline:
            time.sleep(1)
        return answer

    def routes(self):
        """Every route of the API as (logical id, method, path, properties); the default route is none."""
        for logical_id in self.stack.of_type("AWS::ApiGatewayV2::Route"):
            properties = self.stack.properties(logical_id)
            if properties["RouteKey"] != "$default":
                method, path = properties["RouteKey"].split(" ", 1)
                yield logical_id, method, path, properties

    def function_of(self, route):
        """The function that a route leads to, by integration, or nothing when it leads nowhere."""
        for integration in self.stack.of_type("AWS::ApiGatewayV2::Integration"):
            found = self.stack.resource(integration)
            if route["Target"] == f"integrations/{found.ref}":
                return self.function_with(found.properties["IntegrationUri"])
        return None

    def function_with(self, arn):
        """The function that has this ARN, or whose alias has it."""
        arn = ":".join(arn.split(":")[:7])
        functions = self.stack.of_type("AWS::Lambda::Function")
        return next((name for name in functions if self.stack.resource(name).attributes["Arn"] == arn), None)

    def log(self, function):
        """The lines that a function's log group holds."""
        group = self.stack.resource(function).properties["LoggingConfig"]["LogGroup"]
        pages = self.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
        return [event["message"] for page in pages for event in page["events"]]

    def records(self, function):
        """The lines that the function itself wrote, which are JSON."""
        return [json.loads(line) for line in self.log(function) if line.startswith("{")]

    def invocations(self, function):
        """How often the function was invoked."""
        return sum(line.startswith("START ") for line in self.log(function))

    def logs(self):
        """All lines of all functions, to find out what went wrong."""
        for function in self.stack.of_type("AWS::Lambda::Function"):
            yield f"--- {self.stack.name} {function}"
            yield from self.log(function)[-60:]
