"""Routes: who may call what. Nothing is public that is not on the list, and nothing is a route that does not show."""

from cfnlint.rules import CloudFormationLintRule, RuleMatch
from rules.walk import fault, found, functions, is_true, named, resources, texts

ROUTE = "AWS::ApiGatewayV2::Route"
# What would make routes of its own, or by a document, so that nobody sees whether they ask for a sign-in.
HIDING = ("AWS::Serverless::Api", "AWS::Serverless::HttpApi", "AWS::ApiGateway::RestApi", "AWS::Lambda::Url")
# What would lead from an access log to a person: who, from where, and paths with the number of a case.
PERSONAL = ("$context.identity", "$context.path", "$context.authorizer.claims", "$context.authorizer.principalId")


def public_list(cfn):
    """The routes that may be called without signing in: `Metadata.PublicRoutes`."""
    return cfn.template.get("Metadata", {}).get("PublicRoutes", [])


class PublicRoutes(CloudFormationLintRule):
    """Each route asks for a staff token or stands on the one list of public routes."""

    id = "E9101"
    shortdesc = "A route is for staff or on the public list"
    description = "OWASP API1 and API5: a route must not become public by a forgotten or changed property."

    def match(self, cfn):
        for name, route in resources(cfn, ROUTE):
            key = route.get("RouteKey")
            if found(route, "AuthorizationType") != ["JWT"] and key not in public_list(cfn):
                yield fault(
                    name,
                    f"opens {key} to the public: set AuthorizationType: JWT with an AuthorizerId, "
                    "or put the route on Metadata.PublicRoutes.",
                    "AuthorizationType",
                )


class PublicListIsTrue(CloudFormationLintRule):
    """The public list names routes that exist, each once, and that are public."""

    id = "E9102"
    shortdesc = "The public list names public routes only"
    description = "A leftover on the list would let a later route of that name be public unseen."

    def match(self, cfn):
        routes = {route.get("RouteKey"): found(route, "AuthorizationType") for _, route in resources(cfn, ROUTE)}
        listed = public_list(cfn)
        for index, key in enumerate(listed):
            if routes.get(key) != ["NONE"] or listed.count(key) > 1:
                yield RuleMatch(
                    ["Metadata", "PublicRoutes", index],
                    f"PublicRoutes lists {key}, which is no public route or stands there twice: "
                    "take it off the list, or say AuthorizationType: NONE at the route.",
                )


class RouteHasAuthorizer(CloudFormationLintRule):
    """A route for staff names an authorizer of this template."""

    id = "E9103"
    shortdesc = "A JWT route names its authorizer"
    description = "AuthorizationType: JWT without a JWT authorizer protects nothing."

    def match(self, cfn):
        authorizers = {name for name, _ in resources(cfn, "AWS::ApiGatewayV2::Authorizer")}
        for name, route in resources(cfn, ROUTE):
            for kind in found(route, "AuthorizationType"):
                if kind not in (None, "NONE") and not named(route.get("AuthorizerId")) & authorizers:
                    yield fault(
                        name,
                        "has no authorizer of this template: set AuthorizerId: !Ref to an "
                        "AWS::ApiGatewayV2::Authorizer.",
                        "AuthorizerId",
                    )


class AuthorizerIsStrict(CloudFormationLintRule):
    """An authorizer checks tokens of a stated issuer for a stated audience, from the Authorization header."""

    id = "E9104"
    shortdesc = "An authorizer states issuer and audience"
    description = "Without an audience, a token that was made for another service of the issuer opens this one."

    def match(self, cfn):
        for name, authorizer in resources(cfn, "AWS::ApiGatewayV2::Authorizer"):
            stated = [*found(authorizer, "JwtConfiguration", "Issuer")]
            stated += found(authorizer, "JwtConfiguration", "Audience")
            source = authorizer.get("IdentitySource")
            is_jwt = authorizer.get("AuthorizerType") == "JWT" and source == ["$request.header.Authorization"]
            if not is_jwt or not all(stated):
                yield fault(
                    name,
                    "accepts tokens that were not made for us: set AuthorizerType: JWT, IdentitySource: "
                    "[$request.header.Authorization] and JwtConfiguration with Issuer and Audience.",
                )


class RouteArrives(CloudFormationLintRule):
    """A route leads to an integration, and the function behind it admits this API."""

    id = "E9105"
    shortdesc = "A route leads to a function that admits the API"
    description = "A route to nowhere, or to a function without a permission, answers 500 to everybody."

    def match(self, cfn):
        admitted = set()
        for _, permission in resources(cfn, "AWS::Lambda::Permission"):
            if permission.get("Principal") == "apigateway.amazonaws.com":
                admitted |= named(permission.get("FunctionName"))
        integrations = dict(resources(cfn, "AWS::ApiGatewayV2::Integration"))
        for name, route in resources(cfn, ROUTE):
            targets = named(route.get("Target")) & integrations.keys()
            if not targets:
                yield fault(name, "leads nowhere: set Target: !Sub integrations/${...Integration}.", "Target")
            for target in targets:
                if str(integrations[target].get("PayloadFormatVersion")) != "2.0":
                    yield fault(name, f"leads to {target}, which speaks an older format than the functions: set "
                                "PayloadFormatVersion: '2.0' there.", "Target")
                if not named(integrations[target].get("IntegrationUri")) & admitted:
                    yield fault(
                        name,
                        f"leads by {target} to a function that does not admit the API: "
                        "add an AWS::Lambda::Permission for apigateway.amazonaws.com.",
                        "Target",
                    )


class NoHiddenRoutes(CloudFormationLintRule):
    """Routes, queues, schedules and rights of a function are written out."""

    id = "E9106"
    shortdesc = "No route hides in another resource"
    description = "SAM events, connectors, documents and function URLs make what no rule and no reader sees."

    def match(self, cfn):
        for name, _ in resources(cfn, *HIDING):
            yield fault(name, "hides routes: write AWS::ApiGatewayV2::Api and one AWS::ApiGatewayV2::Route per route.")
        for name, function in functions(cfn):
            for key in {"Events", "FunctionUrlConfig"} & function.keys():
                yield fault(name, f"hides what calls it in {key}: write the route, schedule or mapping beside it.", key)
        for name, api in resources(cfn, "AWS::ApiGatewayV2::Api"):
            for key in {"Body", "BodyS3Location", "Target", "RouteKey"} & api.keys():
                yield fault(name, f"hides routes in {key}: write one AWS::ApiGatewayV2::Route per route.", key)
        for name, resource in cfn.get_resources().items():
            if resource.get("Type") == "AWS::Serverless::Connector" or "Connectors" in resource:
                yield fault(name, "hides rights in a connector: list them in the role, and write the permission beside "
                            "it.")


class StageIsWatched(CloudFormationLintRule):
    """A stage deploys by itself, limits its routes and writes an access log."""

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
            if not all(map(is_true, found(stage, "AutoDeploy"))):
                yield fault(name, "does not deploy its routes: set AutoDeploy: true.", "AutoDeploy")
