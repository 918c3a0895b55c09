"""The edge of the API: throttles, other web pages, time, and who may call a function directly."""

import json
import re
from functools import cache
from math import inf

from cfnlint.rules import CloudFormationLintRule
from rules.walk import each, fault, found, functions, named, nearby, numbers, resources, texts

# An HTTP API gives up on an integration after this many seconds, and nothing raises it.
API_SECONDS = 30
# The cache policy of AWS that stores nothing (Managed-CachingDisabled).
CACHES_NOTHING = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
# The header that CloudFront proves itself by, and the variable that functions compare it with; see origin.rs in edge.
PROOF, PROOF_VARIABLE = "origin-verify", "ORIGIN_SECRET"
# What would lead from an access log to a person: who, from where, and paths with the number of a case.
PERSONAL = ("$context.identity", "$context.path", "$context.authorizer.claims", "$context.authorizer.principalId")
# The headers of answers that a page has to read: what to name in If-Match, what was made, when to try again.
ANSWERED = {"etag", "location", "retry-after"}
# Values that no origin parameter may take.
OPEN_ORIGINS = ("*", "https://*", "https://*.example.cn")


class StageIsWatched(CloudFormationLintRule):
    """A stage limits its routes and writes an access log that leads to no person."""

    id = "E9107"
    shortdesc = "A stage has throttles and an access log"
    description = "OWASP API4: without throttles one client takes the quota of the whole account."

    def match(self, cfn):
        needed = (
            ("DefaultRouteSettings", "ThrottlingRateLimit"),
            ("DefaultRouteSettings", "ThrottlingBurstLimit"),
            ("AccessLogSettings", "DestinationArn"),
        )
        for name, stage in resources(cfn, "AWS::ApiGatewayV2::Stage"):
            for path in needed:
                if not all(found(stage, *path)):
                    yield fault(name, f"is not limited or not logged: set {'.'.join(path)}.", *path)
            if any(person in text for text in texts(stage.get("AccessLogSettings")) for person in PERSONAL):
                yield fault(name, "logs what leads back to a person: leave address, path, query and claims out of the "
                            "Format.", "AccessLogSettings")


class NoOpenCors(CloudFormationLintRule):
    """Web pages that may call the API or upload are named one by one."""

    id = "E9111"
    shortdesc = "CORS names origins and headers"
    description = "An asterisk lets every web page call the API with its visitor's browser."

    def match(self, cfn):
        for name, api in resources(cfn, "AWS::ApiGatewayV2::Api"):
            for key in ("AllowOrigins", "AllowMethods", "AllowHeaders"):
                if any(is_open(cfn, value) for value in each(api, "CorsConfiguration", key)):
                    yield fault(name, f"allows `*` in {key}: list them, or refer to a parameter whose AllowedPattern "
                                "refuses an asterisk.", "CorsConfiguration", key)
        for name, bucket in resources(cfn, "AWS::S3::Bucket"):
            for rule in each(bucket, "CorsConfiguration", "CorsRules"):
                for key in ("AllowedOrigins", "AllowedHeaders"):
                    if any(is_open(cfn, value) for value in each(rule, key)):
                        yield fault(name, f"allows `*` in {key}: list them, or refer to a parameter whose "
                                    "AllowedPattern refuses an asterisk.", "CorsConfiguration")


class CorsServesBrowsers(CloudFormationLintRule):
    """A page can do by CORS all that the API offers."""

    id = "E9115"
    shortdesc = "CORS lets a page use what the routes take"
    description = "A method or header that a preflight does not name is refused by the browser, and the API never hears of it."

    def match(self, cfn):
        routes = [str(route.get("RouteKey")) for _, route in resources(cfn, "AWS::ApiGatewayV2::Route")]
        methods = {route.split(" ")[0] for route in routes if " " in route}
        takes = _headers(cfn.filename)
        for name, api in resources(cfn, "AWS::ApiGatewayV2::Api"):
            cors = api.get("CorsConfiguration") or {}
            for key, needed in (("AllowMethods", methods), ("AllowHeaders", takes), ("ExposeHeaders", ANSWERED)):
                allowed = {str(one).lower() for one in each(cors, key)}
                if missing := sorted(one for one in needed if one.lower() not in allowed):
                    yield fault(name, f"lets no page use {', '.join(missing)}: add it to CorsConfiguration.{key}.",
                                "CorsConfiguration", key)
            if not list(each(cors, "AllowOrigins")):
                yield fault(name, "lets no page call it: set CorsConfiguration.AllowOrigins.", "CorsConfiguration")
        for name, bucket in resources(cfn, "AWS::S3::Bucket"):
            for rule in each(bucket, "CorsConfiguration", "CorsRules"):
                if set(each(rule, "AllowedMethods")) != {"PUT"} or "content-type" not in each(rule, "AllowedHeaders"):
                    yield fault(name, "takes no upload from a page: allow PUT and content-type, and nothing else.",
                                "CorsConfiguration")


@cache
def _headers(template):
    """The headers that the API takes, by its description."""
    described = nearby(template, "infra/openapi.json")
    if described is None:
        return set()
    whole = json.loads(described.read_text("utf-8"))
    operations = [one for path in whole.get("paths", {}).values() for one in path.values() if isinstance(one, dict)]
    takes = {one["name"] for operation in operations for one in operation.get("parameters", ()) if one.get("in") == "header"}
    is_signed = any(operation.get("security") for operation in operations)
    return takes | {"content-type"} | ({"authorization"} if is_signed else set())


def is_open(cfn, value):
    """Whether a value holds an asterisk, or a parameter may be given one."""
    parameters = cfn.template.get("Parameters", {})
    if isinstance(value, str):
        return "*" in value
    if any("*" in text for text in texts(value)):
        return True
    for name in named(value) & parameters.keys():
        parameter = parameters[name]
        pattern = re.compile(parameter.get("AllowedPattern", ".*"))
        choices = parameter.get("AllowedValues", [choice for choice in OPEN_ORIGINS if pattern.search(choice)])
        if "*" in str(parameter.get("Default", "")) or any("*" in str(choice) for choice in choices):
            return True
    return False


class AnswersInTime(CloudFormationLintRule):
    """A function behind the API gives up before the API does."""

    id = "E9112"
    shortdesc = "A function behind the API stays below its 30 seconds"
    description = "Beyond them the caller has a 503 while the function still writes."

    def match(self, cfn):
        limits = dict(functions(cfn))
        for integration, properties in resources(cfn, "AWS::ApiGatewayV2::Integration"):
            millis = min([*numbers(cfn, properties.get("TimeoutInMillis")), API_SECONDS * 1000])
            for name in named(properties.get("IntegrationUri")) & limits.keys():
                longest = max(numbers(cfn, limits[name].get("Timeout"), absent=3))
                if longest * 1000 >= millis:
                    yield fault(
                        name,
                        f"may run {_told(longest)}, but the API gives up on {integration} after {millis / 1000:g} s: "
                        "set a Timeout below that.",
                        "Timeout",
                    )


def _told(seconds):
    return f"{seconds:g} s" if seconds < inf else "for any time"


class NarrowPermission(CloudFormationLintRule):
    """A permission admits one AWS service, and of it one source."""

    id = "E9113"
    shortdesc = "A function admits one source per permission"
    description = "Without a source, anybody's bucket or API of that service may call the function."

    def match(self, cfn):
        for name, permission in resources(cfn, "AWS::Lambda::Permission"):
            principal = str(permission.get("Principal"))
            is_narrow = permission.get("Action") == "lambda:InvokeFunction" and permission.get("SourceArn")
            if not principal.endswith(".amazonaws.com") or not is_narrow or "FunctionUrlAuthType" in permission:
                yield fault(
                    name,
                    f"lets {principal} call the function from anywhere: allow lambda:InvokeFunction to one AWS service "
                    "and set SourceArn.",
                )
            # The ARN of a bucket names no account: a bucket of that name may be anybody's one day.
            if principal == "s3.amazonaws.com" and not permission.get("SourceAccount"):
                yield fault(name, "admits a bucket of any account: set SourceAccount: !Ref AWS::AccountId.")


class Front(CloudFormationLintRule):
    """What stands in front of the API limits each client, stores nothing, and cannot be gone around."""

    id = "E9114"
    shortdesc = "The front of the API has a web ACL, no cache and a proof"
    description = "An answer in a cache is read by the next caller; a front that can be gone around limits nobody."

    def match(self, cfn):
        fronts = list(resources(cfn, "AWS::CloudFront::Distribution"))
        for name, front in fronts:
            config = front.get("DistributionConfig", {})
            if not all(named(one) for one in found(config, "WebACLId")):
                yield fault(name, "limits no client: set WebACLId.", "DistributionConfig")
            for behavior in [*each(config, "DefaultCacheBehavior"), *each(config, "CacheBehaviors")]:
                if behavior.get("CachePolicyId") != CACHES_NOTHING:
                    yield fault(name, f"may store answers: set CachePolicyId: {CACHES_NOTHING}.", "DistributionConfig")
                if behavior.get("ViewerProtocolPolicy") not in ("https-only", "redirect-to-https"):
                    yield fault(name, "answers without TLS: set ViewerProtocolPolicy: https-only.", "DistributionConfig")
            routes = [str(route.get("RouteKey")) for _, route in resources(cfn, "AWS::ApiGatewayV2::Route")]
            methods = {key.split(" ")[0] for key in routes if " " in key}
            for behavior in each(config, "DefaultCacheBehavior"):
                if missing := sorted(methods - set(each(behavior, "AllowedMethods"))):
                    yield fault(name, f"refuses {', '.join(missing)}, which routes take: add it to AllowedMethods.",
                                "DistributionConfig")
            for origin in each(config, "Origins"):
                proofs = [header.get("HeaderValue") for header in each(origin, "OriginCustomHeaders")
                          if header.get("HeaderName") == PROOF]
                if not any("{{resolve:secretsmanager:" in text for text in texts(proofs)):
                    yield fault(name, f"cannot prove itself: send {PROOF} with a secret from Secrets Manager under "
                                "OriginCustomHeaders.", "DistributionConfig")
        integrations = resources(cfn, "AWS::ApiGatewayV2::Integration")
        behind = {name for _, integration in integrations for name in named(integration.get("IntegrationUri"))}
        for name, function in functions(cfn):
            if fronts and name in behind and not any(found(function, "Environment", "Variables", PROOF_VARIABLE)):
                yield fault(name, f"can be called past {fronts[0][0]}: give it {PROOF_VARIABLE}.", "Environment")
