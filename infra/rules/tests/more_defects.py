"""More deliberate defects of the real template, of kinds that once passed every check: settings, key, rights, data."""

from rules.tests.defects import added, attribute, drop, gone, put, renamed_on_dashboard


def parameter(name, **attributes):
    """Changes attributes of a parameter; None takes one away."""

    def spoil(template):
        for key, value in attributes.items():
            template["Parameters"][name].pop(key, None)
            if value is not None:
                template["Parameters"][name][key] = value

    return spoil


def output(name, value):
    """Adds an output."""
    return lambda template: template["Outputs"].update({name: {"Value": value}})


def statement(owner, sid, change, place="Policies.0.PolicyDocument.Statement"):
    """Changes the statement of a role or key by its Sid."""

    def spoil(template):
        holder = template["Resources"][owner]["Properties"]
        for key in place.split("."):
            holder = holder[int(key) if key.isdigit() else key]
        change(next(one for one in holder if one.get("Sid") == sid))

    return spoil


def key(sid, change):
    """Changes a statement of the key's policy."""
    return statement("DataKey", sid, change, "KeyPolicy.Statement")


def without(*actions):
    """Takes actions away from a statement."""
    return lambda one: one.update(Action=[action for action in one["Action"] if action not in actions])


def unconditional(one):
    del one["Condition"]


def keyed(*patterns):
    return lambda one: one.update(Condition={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(patterns)}})


def setting(name, path, value):
    return ("E9901", name, put(f"{name}.{path}", value))


def through(*services):
    """Leaves these services alone in the key's policy for the account."""
    hosts = [{"Fn::Sub": f"{service}.${{AWS::Region}}.${{AWS::URLSuffix}}"} for service in services]
    return lambda one: one.update(Condition={"StringEquals": {"kms:ViaService": hosts}})


RULE = {"Id": "all", "Status": "Enabled"}
ABORT = {**RULE, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}
DESKS = "{{resolve:secretsmanager:${CursorSecret}:SecretString}}"

MORE_DEFECTS = [
    # Streams, schedules, functions.
    setting("NotifierStream", "StartingPosition", "LATEST"),
    setting("NotifierStream", "BatchSize", 1000),
    setting("NotifierStream", "MaximumBatchingWindowInSeconds", 300),
    setting("NotifierStream", "MaximumRetryAttempts", 0),
    setting("NotifierStream", "MaximumRecordAgeInSeconds", 60),
    setting("NotifierStream", "MaximumRecordAgeInSeconds", 604800),
    setting("NotifierStream", "TumblingWindowInSeconds", 30),
    setting("DueSweepSchedule", "FlexibleTimeWindow", {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}),
    setting("DueSweepSchedule", "EndDate", "2027-01-01T00:00:00Z"),
    setting("DueSweepSchedule", "Target.RetryPolicy.MaximumEventAgeInSeconds", 86400),
    setting("PhotoIntakeSchedule", "Target.RetryPolicy.MaximumRetryAttempts", 185),
    setting("PhotoIntakeSchedule", "Target.Input", "{}"),
    setting("DueSweepInvokeConfig", "MaximumEventAgeInSeconds", 30),
    setting("PhotoIntakeInvokeConfig", "Qualifier", "$LATEST"),
    ("E9310", "CaseDeskIntegration", put("CaseDeskIntegration.IntegrationUri", {"Fn::GetAtt": ["CaseDeskFunction", "Arn"]})),
    ("E9310", "SitePermission", put("SitePermission.FunctionName", {"Ref": "SiteFunction"})),
    ("E9310", "NotifierStream", put("NotifierStream.FunctionName", {"Ref": "NotifierFunction"})),
    ("E9310", "ChannelSenderMapping", put("ChannelSenderMapping.FunctionName", {"Fn::GetAtt": ["ChannelSenderFunction", "Arn"]})),
    ("E9310", "DueSweepSchedule", put("DueSweepSchedule.Target.Arn", {"Fn::Sub": "${DueSweepFunction.Arn}"})),
    ("E9310", "DueSweepScheduleRole", statement(
        "DueSweepScheduleRole", "Tick", lambda one: one.update(Resource={"Fn::GetAtt": ["DueSweepFunction", "Arn"]}))),
    ("E9310", "QuarantineBucket", put("QuarantineBucket.NotificationConfiguration.LambdaConfigurations.0.Function",
                                      {"Fn::GetAtt": ["PhotoIntakeFunction", "Arn"]})),
    ("E9312", "CaseDeskFunction", put("CaseDeskFunction.DeploymentPreference.Alarms", [])),
    ("E9508", "SiteFunction", statement("ReleaseRole", "MoveAliases", without("lambda:UpdateAlias"))),
    ("E9311", "SiteFunction", put("SiteFunction.AutoPublishAlias", "other")),
    setting("CaseDeskFunction", "Timeout", 1),
    setting("PhotoIntakeFunction", "Timeout", 900),
    setting("PhotoIntakeFunction", "MemorySize", 128),
    setting("PhotoIntakeFunction", "MemorySize", 10240),
    setting("CaseDeskFunction", "Layers", ["arn"]),
    setting("NotifierFunction", "VpcConfig", {"SubnetIds": ["s"]}),
    ("E9303", "ReportIntakeFunction", put("ReportIntakeFunction.ReservedConcurrentExecutions", {"Ref": "IntakeConcurrency"})),
    # Buckets and tables.
    ("E9416", "PhotosBucket", put("PhotosBucket.VersioningConfiguration", {"Status": "Enabled"})),
    ("E9416", "PhotosBucket", put("PhotosBucket.VersioningConfiguration", {"Status": "Suspended"})),
    ("E9416", "PhotosBucket", drop("PhotosBucket.LifecycleConfiguration.Rules.0.NoncurrentVersionExpiration")),
    ("E9416", "PhotosBucket", put("PhotosBucket.LifecycleConfiguration.Rules.0.NoncurrentVersionExpiration.NoncurrentDays", 30)),
    ("E9416", "PhotosBucket", put("PhotosBucket.LifecycleConfiguration.Rules.0.Prefix", "shinan/")),
    ("E9416", "PhotosBucket", drop("PhotosBucket.ReplicationConfiguration")),
    ("E9416", "QuarantineBucket", put("QuarantineBucket.VersioningConfiguration", {"Status": "Enabled"})),
    ("E9417", "DirectoryTable", gone("BackupDirectorySchedule")),
    ("E9417", "Dashboard", put("Dashboard.DashboardBody", "{}")),
    ("E9417", "Dashboard", attribute("BackupCasesSchedule", "Condition", "HasEdge")),
    ("E9302", "BackupCasesSchedule", drop("BackupCasesSchedule.Target.DeadLetterConfig")),
    setting("QuarantineBucket", "LoggingConfiguration", {"DestinationBucketName": "logs"}),
    setting("PhotosBucket", "ObjectLockEnabled", True),
    setting("PhotosBucket", "IntelligentTieringConfigurations", [{"Id": "cold"}]),
    setting("CasesTable", "BillingMode", "PROVISIONED"),
    setting("DirectoryTable", "TableClass", "STANDARD_INFREQUENT_ACCESS"),
    setting("NotifierDeadLetters", "DelaySeconds", 900),
    ("E9414", "PhotosBucket", put("PhotosBucket.LifecycleConfiguration.Rules", [{**ABORT, "ExpirationInDays": 365}])),
    ("E9414", "PhotosBucket", put("PhotosBucket.LifecycleConfiguration.Rules", [{**ABORT, "Transitions": [{"StorageClass": "GLACIER"}]}])),
    ("E9414", "QuarantineBucket", put("QuarantineBucket.LifecycleConfiguration.Rules.0.ExpirationInDays", 30)),
    ("E9414", "QuarantineBucket", put("QuarantineBucket.LifecycleConfiguration.Rules.0.Status", "Disabled")),
    ("E9414", "QuarantineBucket", put("QuarantineBucket.LifecycleConfiguration.Rules.0.Prefix", "old/")),
    ("E9406", "CasesTable", put("CasesTable.TimeToLiveSpecification.AttributeName", "expires_at")),
    ("E9406", "CasesTable", put("CasesTable.TimeToLiveSpecification.Enabled", False)),
    ("E9406", "CasesTable", drop("CasesTable.TimeToLiveSpecification")),
    ("E9406", "DirectoryTable", put("DirectoryTable.TimeToLiveSpecification", {"AttributeName": "until", "Enabled": True})),
    ("E9401", "CasesTable", attribute("CasesTable", "DeletionPolicy", "RetainExceptOnCreate")),
    ("E9401", "DirectoryTable", attribute("DirectoryTable", "DeletionPolicy", "Snapshot")),
    ("E9401", "QuarantineBucket", attribute("QuarantineBucket", "DeletionPolicy", "Delete")),
    ("E9401", "PhotosBucketPolicy", attribute("PhotosBucketPolicy", "DeletionPolicy", "Delete")),
    ("E9401", "DataKey", attribute("DataKey", "UpdateReplacePolicy", "Delete")),
    # The key.
    ("E9424", "DataKey", key("SendAlarms", lambda one: one.update(Principal={"Service": "sns.amazonaws.com"}))),
    ("E9424", "DataKey", key("SendAlarms", lambda one: one.update(Effect="Deny"))),
    ("E9424", "DataKey", key("SendEvents", without("kms:GenerateDataKey"))),
    ("E9424", "DataKey", key("KeepLogs", lambda one: one.update(Principal={"Service": "logs.amazonaws.com"}))),
    ("E9424", "DataKey", key("KeepLogs", without("kms:Encrypt"))),
    ("E9424", "DataKey", key("Administer", without("kms:PutKeyPolicy"))),
    ("E9424", "DataKey", key("Administer", without("kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion"))),
    ("E9424", "DataKey", key("UseThroughServices", through("dynamodb", "lambda", "secretsmanager"))),
    ("E9424", "DataKey", key("UseThroughServices", through("dynamodb", "lambda", "sns"))),
    ("E9424", "DataKey", key("UseThroughServices", through("lambda", "secretsmanager", "sns"))),
    ("E9424", "DataKey", key("UseThroughServices", through("dynamodb", "secretsmanager", "sns"))),
    ("E9424", "DataKey", key("UseThroughServices", without("kms:CreateGrant"))),
    ("E9422", "DataKey", key("UseThroughServices", unconditional)),
    ("E9423", "NotifierRole", statement("NotifierRole", "OpenKey", through("dynamodb"))),
    ("E9423", "CaseDeskRole", statement("CaseDeskRole", "OpenKey", through("lambda"))),
    ("E9423", "CaseDeskRole", statement("CaseDeskRole", "OpenKey", through("dynamodb.cn-north-1"))),
    setting("DataKey", "PendingWindowInDays", 7),
    setting("DataKey", "Enabled", False),
    setting("DataKey", "MultiRegion", True),
    setting("DataKey", "KeySpec", "RSA_2048"),
    # Rights on items.
    ("E9510", "PublicBoardRole", statement("PublicBoardRole", "ReadCases", unconditional)),
    ("E9510", "PublicBoardRole", statement("PublicBoardRole", "ReadCases", keyed("*"))),
    ("E9510", "NotifierRole", statement("NotifierRole", "PlanDeliveries", unconditional)),
    ("E9510", "DueSweepRole", statement("DueSweepRole", "FindDue", unconditional)),
    (
        "E9510",
        "ReportIntakeRole",
        statement(
            "ReportIntakeRole",
            "Accept",
            lambda one: one.update(Condition={"ForAnyValue:StringLike": {"dynamodb:LeadingKeys": ["shinan#*"]}}),
        ),
    ),
    (
        "E9510",
        "ReportIntakeRole",
        statement("ReportIntakeRole", "Accept", lambda one: one["Condition"].update({"StringEquals": {"aws:RequestedRegion": "x"}})),
    ),
    # The edge.
    ("E9115", "Api", put("Api.CorsConfiguration.AllowMethods", ["GET", "POST"])),
    ("E9115", "Api", put("Api.CorsConfiguration.AllowHeaders", ["authorization", "content-type", "idempotency-key"])),
    ("E9115", "Api", put("Api.CorsConfiguration.ExposeHeaders", ["location"])),
    ("E9115", "Api", drop("Api.CorsConfiguration.AllowOrigins")),
    ("E9115", "QuarantineBucket", put("QuarantineBucket.CorsConfiguration.CorsRules.0.AllowedMethods", ["GET"])),
    ("E9115", "QuarantineBucket", put("QuarantineBucket.CorsConfiguration.CorsRules.0.AllowedHeaders", ["x-amz-acl"])),
    setting("Api", "CorsConfiguration.AllowCredentials", True),
    setting("Api", "CorsConfiguration.MaxAge", 0),
    setting("Api", "DisableExecuteApiEndpoint", True),
    setting("ApiStage", "DefaultRouteSettings.DetailedMetricsEnabled", False),
    setting("ApiStage", "AutoDeploy", False),
    setting("ApiStage", "RouteSettings", {"POST /v1/reports": {"ThrottlingRateLimit": 10000}}),
    setting("CaseDeskIntegration", "TimeoutInMillis", 3000),
    setting("Edge", "DistributionConfig.Enabled", False),
    setting("Edge", "DistributionConfig.Logging", {"Bucket": "logs"}),
    setting("Edge", "DistributionConfig.DefaultCacheBehavior.OriginRequestPolicyId", "216adef6-5c7f-47e4-b989-5492eafa07d3"),
    # Secrets.
    ("E9806", "Faulty", output("Faulty", {"Fn::Sub": "{{resolve:secretsmanager:${TrackingSecret}:SecretString}}"})),
    ("E9806", "Faulty", output("Faulty", {"Ref": "AlarmRobot"})),
    ("E9806", "CursorSecret", put("CursorSecret.Description", {"Fn::Sub": "Alarms ${AlarmRobot}"})),
    ("E9608", "CaseDeskFunction", put("CaseDeskFunction.Environment.Variables.CURSOR_SECRET", {"Fn::Sub": DESKS})),
    (
        "E9608",
        "PublicBoardFunction",
        put(
            "PublicBoardFunction.Environment.Variables.TRACKING_SECRETS",
            {"Fn::Sub": "2:{{resolve:secretsmanager:${TrackingSecret}:SecretString:::${TrackingSecretVersion}}}"},
        ),
    ),
    setting("TrackingSecret", "GenerateSecretString.PasswordLength", 8),
    setting("CursorSecret", "GenerateSecretString.ExcludePunctuation", False),
    setting("TrackingSecret", "ReplicaRegions", [{"Region": "x"}]),
    # Parameters and partitions.
    ("E9807", "StaffIssuer", parameter("StaffIssuer", Default="https://login.example.com")),
    ("E9807", "StaffIssuer", parameter("StaffIssuer", Default=None)),
    ("E9807", "StaffAudience", parameter("StaffAudience", Default="api")),
    ("E9807", "LogRetentionDays", parameter("LogRetentionDays", Default=30)),
    ("E9807", "LogRetentionDays", parameter("LogRetentionDays", AllowedValues=[7, 365])),
    ("E9807", "IntakeConcurrency", parameter("IntakeConcurrency", Default=100)),
    ("E9807", "AlarmRobot", parameter("AlarmRobot", NoEcho=None)),
    ("E9807", "OriginProof", parameter("OriginProof", Default="demanded")),
    ("E9807", "RouteRate", parameter("RouteRate", Default=1)),
    ("E9802", "CaseDeskRole", statement("CaseDeskRole", "OpenKey", lambda one: one.update(Condition={"StringEquals": {"kms:ViaService": "dynamodb.cn-north-1.amazonaws.com.cn"}}))),
    ("E9802", "Edge", put("Edge.DistributionConfig.Origins.0.DomainName", {"Fn::Sub": "${Api}.execute-api.${AWS::Region}.amazonaws.com"})),
    ("E9802", "PhotoIntakeFunction", put("PhotoIntakeFunction.Environment.Variables.PHOTOS_BUCKET", {"Fn::Sub": "${PhotosBucket}-cn-northwest-1"})),
    ("E9802", "CaseDeskPermission", put("CaseDeskPermission.SourceArn", {"Fn::Sub": "arn:aws-cn:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*"})),
    ("E9805", "Address", added("Address", "AWS::Lambda::Url", AuthType="NONE")),
    setting("NotifierLogs", "LogGroupClass", "INFREQUENT_ACCESS"),
    setting("KeyGuard", "State", "DISABLED"),
    # Found by an engineer who did not know the rules.
    setting("DueSweepSchedule", "ScheduleExpression", "rate(1 hour)"),
    setting("PhotosBucket", "OwnershipControls.Rules.0.ObjectOwnership", "ObjectWriter"),
    setting("QuarantineBucket", "NotificationConfiguration.LambdaConfigurations.0.Event", "s3:ObjectRemoved:*"),
    setting("StaffAuthorizer", "IdentitySource", ["$request.querystring.token"]),
    setting("StaffAuthorizer", "JwtConfiguration.Audience", ["anything"]),
    setting("AlarmSubscription", "Protocol", "http"),
    setting("MonthlyCost", "NotificationsWithSubscribers.0.Notification.Threshold", 100000),
    setting("SignInFailures", "MetricTransformations.0.MetricNamespace", "Zhitiao"),
    setting("DataKey", "RotationPeriodInDays", 2560),
    setting("CaseDeskLogs", "RetentionInDays", 7),
    setting("CaseDeskLogs", "LogGroupName", {"Fn::Sub": "/zhitiao/${AWS::StackName}/case-desk"}),
    setting("Edge", "DistributionConfig.Origins.0.CustomOriginConfig.OriginProtocolPolicy", "http-only"),
    setting("Edge", "DistributionConfig.Origins.0.CustomOriginConfig.OriginReadTimeout", 5),
    ("E9807", "SenderConcurrency", parameter("SenderConcurrency", Default=500)),
    ("E9807", "StaffIssuer", parameter("StaffIssuer", AllowedPattern="^.*$")),
    ("E9807", "PublicUrl", parameter("PublicUrl", AllowedPattern="^.+$")),
    ("E9807", "District", parameter("District", AllowedPattern="^[A-Za-z0-9#-]+$")),
    ("E9808", "Api", put("Api.Name", "zhitiao")),
    ("E9808", "CursorSecret", put("CursorSecret.Name", "zhitiao/cursors")),
    ("E9808", "ChannelSenderQueue", put("ChannelSenderQueue.QueueName", "zhitiao-calls")),
    ("E9808", "Dashboard", put("Dashboard.DashboardName", "zhitiao")),
    ("E9808", "DataKeyAlias", put("DataKeyAlias.AliasName", "alias/zhitiao")),
    ("E9501", "NotifierRole", statement("NotifierRole", "ParkFailures", lambda one: one.update(Action=["sqs:SendMessage", "iam:PassRole"]))),
    ("E9714", "Dashboard", renamed_on_dashboard('"Zhitiao/${AWS::StackName}", "RemindersFired"', '"Zhitiao", "RemindersFired"')),
    ("E9714", "Dashboard", renamed_on_dashboard('"district", "${District}", {"label": "fired"}', '"district", "shinan", {"label": "fired"}')),
    ("E9425", "DataKey", gone("KeyGuard")),
    ("E9425", "DataKey", put("KeyGuard.EventPattern.source", ["aws.ec2"])),
    ("E9425", "DataKey", put("KeyGuard.Targets.0.Arn", {"Ref": "AlarmTopic"})),
    ("E9425", "KeyGuard", gone("UrgentTopicPolicy")),
]
