"""Prints the IAM policy of the least that the deployer of a stack needs. Used by `make deployer-policy`.

It is derived from the resource types of infra/template.yaml: a type that RIGHTS does not know is refused, and so a new
type of the template cannot be forgotten here. It covers `make deploy`, `make configure`, writing the directory and
deleting the stack; `make rotate`, `make restore` and the other programs that read data need rights of their own.
"""

import argparse
import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from cloud import CloudError  # noqa: E402 - found beside this file
from deploy import STACK, TEMPLATE  # noqa: E402

TYPE = re.compile(r"^  (\w+):\n    Type: (AWS::\w+::\w+)$", re.MULTILINE)
# What a managed policy may have, without spaces.
MOST_CHARACTERS = 6144
# The services to which the roles of a stack are passed.
PASSED_TO = ("events", "lambda", "s3", "scheduler")
# Statements by their Sid: actions, resources after `arn:<partition>:`, condition. {region}, {stack} and {bucket} are
# filled in; {names} is each logical id of the types that need the statement, for AWS names some things by that.
OURS = {"StringEquals": {"aws:ResourceTag/application": "zhitiao"}}
STATEMENTS = {
    "Stack": (
        "cloudformation:CreateChangeSet cloudformation:DeleteChangeSet cloudformation:DeleteStack "
        "cloudformation:Describe* cloudformation:ExecuteChangeSet cloudformation:Get* cloudformation:List* "
        "cloudformation:TagResource",
        "cloudformation:{region}:*:stack/{stack}/* cloudformation:{region}:aws:transform/Serverless-2016-10-31", None),
    "Archives": ("s3:CreateBucket s3:GetBucketLocation s3:GetObject s3:ListBucket s3:PutObject",
                 "s3:::{bucket} s3:::{bucket}/*", None),
    "Look": ("cloudformation:DescribeEvents cloudformation:GetTemplateSummary cloudformation:ValidateTemplate "
             "kms:ListAliases logs:DescribeLogGroups tag:GetResources", "*", None),
    "Api": ("apigateway:DELETE apigateway:GET apigateway:PATCH apigateway:POST apigateway:PUT",
            "apigateway:{region}::/apis* apigateway:{region}::/domainnames* apigateway:{region}::/tags/*", None),
    "AccessLog": ("logs:*LogDelivery logs:DescribeResourcePolicies logs:ListLogDeliveries logs:PutResourcePolicy",
                  "*", None),
    "LinkedRoles": ("iam:CreateServiceLinkedRole", "iam::*:role/aws-service-role/*", {"StringEquals": {
        "iam:AWSServiceName": ["apidestinations.events.amazonaws.com", "ops.apigateway.amazonaws.com"]}}),
    "Budget": ("budgets:ModifyBudget budgets:*Tag* budgets:ViewBudget", "budgets::*:budget/{stack}-*", None),
    "Front": ("cloudfront:*Distribution cloudfront:*TagResource cloudfront:*Tags* cloudfront:GetDistributionConfig",
              "cloudfront::*:distribution/*", None),
    "FrontAcl": ("wafv2:GetWebACL", "wafv2:us-east-1:*:global/webacl/*", None),
    "Watch": ("cloudwatch:DeleteAlarms cloudwatch:DeleteDashboards cloudwatch:GetDashboard "
              "cloudwatch:ListTagsForResource cloudwatch:PutDashboard cloudwatch:PutMetricAlarm cloudwatch:TagResource "
              "cloudwatch:UntagResource",
              "cloudwatch:{region}:*:alarm:{stack}-* cloudwatch::*:dashboard/{stack}", None),
    "ReadAlarms": ("cloudwatch:DescribeAlarms", "*", None),
    "Tables": ("dynamodb:CreateTable dynamodb:Describe* dynamodb:ListTags* dynamodb:*agResource "
               "dynamodb:UpdateContinuousBackups dynamodb:UpdateTable dynamodb:UpdateTimeToLive", "dynamodb:{region}:*:table/{stack}-*", None),
    "Directory": ("dynamodb:BatchWriteItem dynamodb:ConditionCheckItem dynamodb:GetItem dynamodb:PutItem dynamodb:Query",
                  "dynamodb:{region}:*:table/{stack}-DirectoryTable-*", None),
    "Rules": ("events:*Rule events:*Targets events:*TargetsByRule events:*agResource events:ListTags*",
              "events:{region}:*:rule/{stack}-*", None),
    "Robot": ("events:CreateApiDestination events:DeleteApiDestination events:DescribeApiDestination "
              "events:UpdateApiDestination events:*Connection",
              "events:{region}:*:api-destination/{names} events:{region}:*:connection/{names} "
              "events:{region}:*:api-destination/{stack}-* events:{region}:*:connection/{stack}-*", None),
    "RobotSecret": ("secretsmanager:CreateSecret secretsmanager:DeleteSecret secretsmanager:DescribeSecret "
                    "secretsmanager:PutSecretValue secretsmanager:UpdateSecret",
                    "secretsmanager:{region}:*:secret:events!connection/*", None),
    "Roles": ("iam:CreateRole iam:DeleteRole* iam:GetRole* iam:List*Role* iam:PutRolePolicy iam:TagRole iam:UntagRole "
              "iam:UpdateAssumeRolePolicy", "iam::*:role/{stack}-*", None),
    "PassRoles": ("iam:PassRole", "iam::*:role/{stack}-*", {"StringEquals": {
        "iam:PassedToService": [f"{service}.amazonaws.com" for service in PASSED_TO]}}),
    "NewKey": ("kms:CreateKey", "*", {"StringEquals": {"aws:RequestTag/application": "zhitiao"}}),
    "Key": ("kms:CancelKeyDeletion kms:CreateGrant kms:*Alias kms:Decrypt kms:Describe* kms:EnableKey* kms:Encrypt "
            "kms:GenerateDataKey* kms:Get* kms:List* kms:PutKeyPolicy kms:ReEncrypt* kms:*agResource kms:Update*",
            "kms:{region}:*:key/*", OURS),
    "Alias": ("kms:*Alias", "kms:{region}:*:alias/{stack}", None),
    "Functions": ("lambda:CreateFunction lambda:DeleteFunction lambda:*FunctionEventInvokeConfig lambda:*FunctionConcurrency lambda:*Permission "
                  "lambda:GetFunction* lambda:GetPolicy lambda:List* lambda:*agResource lambda:UpdateFunction*",
                  "lambda:{region}:*:function:{stack}-*", None),
    "Mappings": ("lambda:*EventSourceMapping lambda:*agResource lambda:ListTags",
                 "lambda:{region}:*:event-source-mapping:*", None),
    "NewMappings": ("lambda:*EventSourceMapping lambda:ListEventSourceMappings", "*",
                    {"ArnLike": {"lambda:FunctionArn": "arn:{partition}:lambda:{region}:*:function:{stack}-*"}}),
    "Logs": ("logs:AssociateKmsKey logs:CreateLogGroup logs:DeleteLogGroup logs:DeleteMetricFilter logs:Describe* "
             "logs:ListTags* logs:PutMetricFilter logs:*RetentionPolicy logs:*agResource",
             "logs:{region}:*:log-group:/aws/*/{stack}/*", None),
    "Queries": ("logs:*QueryDefinition*", "*", None),
    "Buckets": ("s3:CreateBucket s3:DeleteBucket* s3:GetBucket* s3:GetEncryptionConfiguration "
                "s3:Get*Configuration s3:PutBucket* s3:PutEncryptionConfiguration s3:Put*Configuration s3:ListBucket "
                "s3:*agResource s3:ListTags*", "s3:::{stack}-*", None),
    "Topics": ("sns:*Topic sns:*Attributes sns:*ubscribe sns:ListSubscriptionsByTopic sns:*agResource sns:ListTags* "
               "sns:*DataProtectionPolicy", "sns:{region}:*:{stack}-*", None),
    "Queues": ("sqs:CreateQueue sqs:DeleteQueue sqs:GetQueue* sqs:ListQueueTags sqs:SetQueueAttributes sqs:*agQueue",
               "sqs:{region}:*:{stack}-*", None),
    "Schedules": ("scheduler:*Schedule", "scheduler:{region}:*:schedule/default/{stack}-*", None),
    "Secrets": ("secretsmanager:CreateSecret secretsmanager:DeleteSecret secretsmanager:Describe* "
                "secretsmanager:Get*ourcePolicy secretsmanager:GetSecretValue secretsmanager:*agResource "
                "secretsmanager:UpdateSecret", "secretsmanager:{region}:*:secret:{names}", None),
    "Passwords": ("secretsmanager:GetRandomPassword", "*", None),
}
# Which statements each type needs; those of ALWAYS are there in any case.
ALWAYS = ("Stack", "Archives", "Look")
RIGHTS = {
    "AWS::ApiGatewayV2::Api": ("Api",),
    "AWS::ApiGatewayV2::ApiMapping": ("Api",),
    "AWS::ApiGatewayV2::Authorizer": ("Api",),
    "AWS::ApiGatewayV2::DomainName": ("Api", "LinkedRoles"),
    "AWS::ApiGatewayV2::Integration": ("Api",),
    "AWS::ApiGatewayV2::Route": ("Api",),
    "AWS::ApiGatewayV2::Stage": ("Api", "AccessLog"),
    "AWS::Budgets::Budget": ("Budget",),
    "AWS::CloudFront::Distribution": ("Front", "FrontAcl"),
    "AWS::CloudWatch::Alarm": ("Watch", "ReadAlarms"),
    "AWS::CloudWatch::Dashboard": ("Watch",),
    "AWS::DynamoDB::Table": ("Tables", "Directory"),
    "AWS::Events::ApiDestination": ("Robot", "LinkedRoles"),
    "AWS::Events::Connection": ("Robot", "RobotSecret", "LinkedRoles"),
    "AWS::Events::Rule": ("Rules",),
    "AWS::IAM::Role": ("Roles", "PassRoles"),
    "AWS::KMS::Alias": ("Alias", "Key"),
    "AWS::KMS::Key": ("NewKey", "Key"),
    "AWS::Lambda::EventInvokeConfig": ("Functions",),
    "AWS::Lambda::EventSourceMapping": ("Mappings", "NewMappings"),
    "AWS::Lambda::Permission": ("Functions",),
    "AWS::Logs::LogGroup": ("Logs",),
    "AWS::Logs::MetricFilter": ("Logs",),
    "AWS::Logs::QueryDefinition": ("Queries",),
    "AWS::S3::Bucket": ("Buckets",),
    "AWS::S3::BucketPolicy": ("Buckets",),
    "AWS::SNS::Subscription": ("Topics",),
    "AWS::SNS::Topic": ("Topics",),
    "AWS::SNS::TopicPolicy": ("Topics",),
    "AWS::SQS::Queue": ("Queues",),
    "AWS::SQS::QueuePolicy": ("Queues",),
    "AWS::Scheduler::Schedule": ("Schedules",),
    "AWS::SecretsManager::Secret": ("Secrets", "Passwords"),
    "AWS::Serverless::Function": ("Functions",),
}
# Why a statement is bound by nothing narrower than `*`.
EVERYWHERE = {
    "Look": "these list or check, and AWS takes no resource for them, or the list is of the account",
    "AccessLog": "the delivery of an access log is a resource of no stack, and AWS takes only `*`",
    "ReadAlarms": "AWS reads alarms by `*` only",
    "NewKey": "a key has no name before it is made; the tag of its request bounds it",
    "NewMappings": "a mapping has no name before it is made; its function bounds it",
    "Queries": "AWS takes only `*` for saved queries",
    "Passwords": "a random password belongs to no resource",
}
# What cannot be bound by the name of the stack though it names a kind: AWS gives these a name of its own.
UNNAMED = frozenset("Api Front FrontAcl Key Mappings RobotSecret LinkedRoles".split())


def types(template):
    """The resource types of the template: {type: [logical ids]}."""
    found = {}
    for logical, kind in TYPE.findall(template.partition("\nResources:\n")[2]):
        found.setdefault(kind, []).append(logical)
    return found


def policy(template, stack, region, bucket):
    """The policy document."""
    found = types(template)
    if unknown := sorted(found.keys() - RIGHTS.keys()):
        raise CloudError(f"RIGHTS does not know {', '.join(unknown)}: say which statements it needs")
    needed = {}
    for kind, names in found.items():
        for sid in RIGHTS[kind]:
            needed.setdefault(sid, set()).update(names)
    partition = "aws-cn" if region.startswith("cn-") else "aws"
    places = {"partition": partition, "region": region, "stack": stack, "bucket": bucket}
    wanted = [sid for sid in STATEMENTS if sid in ALWAYS or sid in needed]
    return {"Version": "2012-10-17", "Statement": [statement(sid, needed.get(sid, ()), places) for sid in wanted]}


def statement(sid, names, places):
    """One statement, filled in."""
    actions, resources, condition = STATEMENTS[sid]
    filled = []
    for one in resources.split():
        arn = one if one == "*" else f"arn:{places['partition']}:{one}"
        each = [f"{name}-*" for name in sorted(names)] if "{names}" in one else [""]
        filled += [arn.format(names=name, **places) for name in each]
    said = {"Sid": sid, "Effect": "Allow", "Action": actions.split(), "Resource": filled}
    if condition:
        text = json.dumps(condition)
        for name, value in places.items():
            text = text.replace(f"{{{name}}}", value)
        said["Condition"] = json.loads(text)
    return said


def size(document):
    """How many characters AWS counts."""
    return len(re.sub(r"\s", "", json.dumps(document, separators=(",", ":"))))


def parts(document):
    """The policy as documents that each fit into a managed policy."""
    made = []
    for one in document["Statement"]:
        if made and size({**document, "Statement": [*made[-1], one]}) <= MOST_CHARACTERS:
            made[-1].append(one)
        else:
            made.append([one])
    return [{**document, "Statement": statements} for statements in made]


def main(arguments):
    parser = argparse.ArgumentParser(description="The IAM policy that the deployer of a stack needs.")
    parser.add_argument("--stack", required=True)
    parser.add_argument("--region", required=True)
    parser.add_argument("--bucket", required=True, help="where the functions' archives go")
    parser.add_argument("--part", type=int, default=0, help="only this part, of those that fit into a managed policy")
    options = parser.parse_args(arguments)
    if not STACK.fullmatch(options.stack) or not options.region or not options.bucket:
        raise CloudError("say which: STACK=zhitiao REGION=cn-north-1 BUCKET=zhitiao-artifacts, for example")
    whole = policy(TEMPLATE.read_text("utf-8"), options.stack, options.region, options.bucket)
    documents = parts(whole)
    if not 0 <= options.part <= len(documents):
        raise CloudError(f"there are {len(documents)} parts: PART=1 to PART={len(documents)}")
    print(json.dumps(documents[options.part - 1] if options.part else whole, indent=2))
    if not options.part and len(documents) > 1:
        words = " ".join(f"PART={number}" for number in range(1, len(documents) + 1))
        print(f"deployer-policy: this fits into the inline policy of a role; as managed policies it is {words}", file=sys.stderr)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except CloudError as refusal:
        sys.exit(f"deployer-policy: {refusal}")
