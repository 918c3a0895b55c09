"""Deliberate defects of infra/template.yaml, each with the rule that must find it and the resource it must name."""


def put(place, value):
    """Sets what stands at a place, `Resource.Property.0.Key` or `.Sid.Key`; the resource's properties are meant."""

    def spoil(template):
        holder, key = _holder(template, place)
        holder[key] = value

    return spoil


def drop(place):
    """Removes what stands at a place."""

    def spoil(template):
        holder, key = _holder(template, place)
        del holder[key]

    return spoil


def gone(*names):
    """Removes resources."""

    def spoil(template):
        for name in names:
            del template["Resources"][name]

    return spoil


def attribute(name, key, value):
    """Sets an attribute of a resource, such as its DeletionPolicy."""
    return lambda template: template["Resources"][name].update({key: value})


def added(name, kind, **properties):
    """Adds a resource."""
    return lambda template: template["Resources"].update({name: {"Type": kind, "Properties": properties}})


def unseen(alarm):
    """Takes an alarm off the dashboard."""
    return renamed_on_dashboard(f"${{{alarm}.Arn}}", "")


def renamed_on_dashboard(old, new):
    """Writes something else on the dashboard."""

    def spoil(template):
        body = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]
        body["Fn::Sub"][0] = body["Fn::Sub"][0].replace(old, new)

    return spoil


def _holder(template, place):
    name, *path, last = place.split(".")
    holder = template["Resources"][name]["Properties"]
    for key in path:
        holder = holder[_key(holder, key)]
    return holder, _key(holder, last)


def _key(holder, key):
    """An entry of a list is named by its number, or by the Sid of a statement or the Id of a metric."""
    if not isinstance(holder, list):
        return key
    if key.isdigit():
        return int(key)
    return next(number for number, entry in enumerate(holder) if key in (entry.get("Sid"), entry.get("Id")))


def _first_policy(role, key, value):
    return put(f"{role}.Policies.0.PolicyDocument.Statement.0.{key}", value)


NOTHING = {"Ref": "AWS::NoValue"}
SHARED_ROLE = {"Fn::GetAtt": ["CaseDeskRole", "Arn"]}

DEFECTS = [
    # The edge.
    ("E9107", "ApiStage", drop("ApiStage.DefaultRouteSettings.ThrottlingRateLimit")),
    ("E9107", "ApiStage", drop("ApiStage.AccessLogSettings")),
    ("E9107", "ApiStage", put("ApiStage.AccessLogSettings.Format", "$context.identity.sourceIp")),
    ("E9111", "Api", put("Api.CorsConfiguration.AllowOrigins", ["*"])),
    ("E9111", "Api", put("Api.CorsConfiguration.AllowOrigins", {"Fn::Split": [",", "*"]})),
    ("E9111", "Api", put("Api.CorsConfiguration.AllowOrigins", [{"Fn::Sub": "*"}])),
    ("E9111", "Api", lambda template: template["Parameters"]["AllowedOrigins"].update(Default="*")),
    ("E9111", "Api", lambda template: template["Parameters"]["AllowedOrigins"].pop("AllowedPattern")),
    ("E9111", "QuarantineBucket", put("QuarantineBucket.CorsConfiguration.CorsRules.0.AllowedOrigins", ["*"])),
    ("E9112", "CaseDeskFunction", put("CaseDeskFunction.Timeout", 60)),
    ("E9112", "CaseDeskFunction", put("CaseDeskFunction.Timeout", {"Ref": "RouteRate"})),
    ("E9112", "CaseDeskFunction", put("CaseDeskIntegration.TimeoutInMillis", 5000)),
    ("E9113", "CaseDeskPermission", put("CaseDeskPermission.Principal", "*")),
    ("E9113", "CaseDeskPermission", drop("CaseDeskPermission.SourceArn")),
    ("E9113", "PhotoIntakePermission", drop("PhotoIntakePermission.SourceAccount")),
    ("E9114", "Edge", drop("Edge.DistributionConfig.WebACLId")),
    ("E9114", "Edge", drop("Edge.DistributionConfig.Origins.0.OriginCustomHeaders")),
    ("E9114", "Edge", put("Edge.DistributionConfig.DefaultCacheBehavior.ViewerProtocolPolicy", "allow-all")),
    ("E9114", "Edge", drop("Edge.DistributionConfig.DefaultCacheBehavior.CachePolicyId")),
    ("E9114", "CaseDeskFunction", drop("CaseDeskFunction.Environment.Variables.ORIGIN_SECRET")),
    # Streams and queues.
    ("E9201", "NotifierStream", drop("CasesTable.StreamSpecification")),
    ("E9201", "NotifierStream", put("CasesTable.StreamSpecification.StreamViewType", "KEYS_ONLY")),
    ("E9201", "NotifierStream", put("NotifierStream.EventSourceArn", {"Fn::GetAtt": ["DirectoryTable", "StreamArn"]})),
    ("E9202", "NotifierStream", drop("NotifierStream.MaximumRetryAttempts")),
    ("E9202", "NotifierStream", put("NotifierStream.MaximumRetryAttempts", -1)),
    ("E9202", "NotifierStream", put("NotifierStream.MaximumRetryAttempts", {"Fn::If": ["HasEdge", 10, NOTHING]})),
    ("E9202", "NotifierStream", put("NotifierStream.MaximumRetryAttempts", {"Ref": "RouteRate"})),
    ("E9202", "NotifierStream", drop("NotifierStream.MaximumRecordAgeInSeconds")),
    ("E9202", "NotifierStream", put("NotifierStream.MaximumRecordAgeInSeconds", -1)),
    ("E9203", "NotifierStream", drop("NotifierStream.FunctionResponseTypes")),
    ("E9204", "NotifierStream", drop("NotifierStream.BisectBatchOnFunctionError")),
    ("E9205", "NotifierStream", drop("NotifierStream.DestinationConfig")),
    ("E9206", "Work", added("Work", "AWS::SQS::Queue")),
    ("E9206", "NotifierDeadLetters", drop("NotifierDeadLetters.MessageRetentionPeriod")),
    ("E9206", "NotifierDeadLetters", put("NotifierDeadLetters.FifoQueue", True)),
    ("E9206", "NotifierDeadLetters", drop("NotifierDeadLetters.RedriveAllowPolicy")),
    # Schedules and upload events.
    ("E9302", "DueSweepSchedule", drop("DueSweepSchedule.Target.DeadLetterConfig")),
    ("E9303", "DueSweepSchedule", put("DueSweepSchedule.State", "DISABLED")),
    ("E9303", "NotifierStream", put("NotifierStream.Enabled", False)),
    ("E9303", "NotifierFunction", put("NotifierFunction.ReservedConcurrentExecutions", 0)),
    ("E9304", "PhotoIntakeFunction", gone("PhotoIntakeInvokeConfig")),
    ("E9304", "DueSweepFunction", drop("DueSweepInvokeConfig.DestinationConfig")),
    (
        "E9305",
        "QuarantineBucket",
        put("PhotoIntakeFunction.Environment.Variables.QUARANTINE_BUCKET", {"Ref": "QuarantineBucket"}),
    ),
    (
        "E9305",
        "QuarantineBucket",
        _first_policy("PhotoIntakeRole", "Resource", {"Fn::GetAtt": ["QuarantineBucket", "Arn"]}),
    ),
    ("E9306", "QuarantineBucket", lambda template: template["Resources"]["QuarantineBucket"].pop("DependsOn")),
    ("E9306", "PhotoIntakePermission", drop("QuarantineBucket.NotificationConfiguration")),
    # Data.
    ("E9401", "CasesTable", attribute("CasesTable", "DeletionPolicy", "Delete")),
    ("E9401", "PhotosBucket", lambda template: template["Resources"]["PhotosBucket"].pop("UpdateReplacePolicy")),
    ("E9401", "TrackingSecret", attribute("TrackingSecret", "DeletionPolicy", "Delete")),
    ("E9402", "CasesTable", drop("CasesTable.DeletionProtectionEnabled")),
    ("E9402", "DirectoryTable", put("DirectoryTable.DeletionProtectionEnabled", False)),
    ("E9403", "CasesTable", drop("CasesTable.PointInTimeRecoverySpecification")),
    ("E9404", "CasesTable", drop("CasesTable.SSESpecification")),
    ("E9404", "PhotosBucket", drop("PhotosBucket.BucketEncryption")),
    ("E9404", "NotifierDeadLetters", drop("NotifierDeadLetters.SqsManagedSseEnabled")),
    ("E9405", "CursorSecret", put("CursorSecret.SecretString", "open sesame")),
    ("E9411", "PhotosBucket", drop("PhotosBucket.PublicAccessBlockConfiguration")),
    ("E9411", "PhotosBucket", put("PhotosBucket.PublicAccessBlockConfiguration.BlockPublicPolicy", False)),
    ("E9412", "PhotosBucket", gone("PhotosBucketPolicy")),
    ("E9412", "PhotosBucket", put("PhotosBucketPolicy.PolicyDocument.Statement.OnlyOverTls.Effect", "Allow")),
    ("E9413", "PhotosBucketPolicy", put("PhotosBucketPolicy.PolicyDocument.Statement.OnlyOverTls.Effect", "Allow")),
    ("E9413", "DataKey", put("DataKey.KeyPolicy.Statement.UseThroughServices.Principal", "*")),
    ("E9414", "QuarantineBucket", drop("QuarantineBucket.LifecycleConfiguration")),
    ("E9414", "PhotosBucket", drop("PhotosBucket.LifecycleConfiguration")),
    ("E9421", "CasesTable", drop("CasesTable.SSESpecification.KMSMasterKeyId")),
    ("E9421", "TrackingSecret", drop("TrackingSecret.KmsKeyId")),
    ("E9421", "CaseDeskLogs", drop("CaseDeskLogs.KmsKeyId")),
    ("E9421", "AlarmTopic", drop("AlarmTopic.KmsMasterKeyId")),
    ("E9421", "CaseDeskFunction", lambda template: template["Globals"]["Function"].pop("KmsKeyArn")),
    ("E9422", "DataKey", put("DataKey.EnableKeyRotation", False)),
    ("E9422", "DataKey", put("DataKey.KeyPolicy.Statement.Administer.Action", "kms:*")),
    ("E9422", "DataKey", drop("DataKey.KeyPolicy.Statement.UseThroughServices.Condition")),
    ("E9422", "DataKey", drop("DataKey.KeyPolicy.Statement.Administer.Action.1")),
    ("E9423", "PublicBoardRole", drop("PublicBoardRole.Policies.0.PolicyDocument.Statement.OpenKey")),
    ("E9423", "PublicBoardRole", drop("PublicBoardRole.Policies.0.PolicyDocument.Statement.OpenKey.Condition")),
    # Roles.
    ("E9501", "CaseDeskRole", _first_policy("CaseDeskRole", "Action", "dynamodb:*")),
    ("E9501", "CaseDeskRole", _first_policy("CaseDeskRole", "Action", "*")),
    ("E9502", "CaseDeskRole", _first_policy("CaseDeskRole", "Resource", "*")),
    ("E9502", "CaseDeskRole", _first_policy("CaseDeskRole", "Resource", {"Fn::Sub": "${CasesTable.Arn}/index/*"})),
    ("E9503", "PublicBoardFunction", put("PublicBoardFunction.Role", SHARED_ROLE)),
    ("E9503", "PublicBoardFunction", put("PublicBoardFunction.Role", {"Fn::ImportValue": "role"})),
    ("E9506", "CaseDeskRole", put("CaseDeskRole.ManagedPolicyArns", ["any"])),
    ("E9507", "CaseDeskRole", put("CaseDeskRole.AssumeRolePolicyDocument.Statement.0.Principal", {"AWS": "*"})),
    (
        "E9507",
        "DueSweepScheduleRole",
        put(
            "DueSweepScheduleRole.AssumeRolePolicyDocument.Statement.0.Principal.Service",
            "events.amazonaws.com",
        ),
    ),
    ("E9508", "NotifierStream", put("NotifierRole.Policies.0.PolicyDocument.Statement.ReadStream.Action", "dynamodb:Query")),
    ("E9508", "DueSweepInvokeConfig", drop("DueSweepRole.Policies.0.PolicyDocument.Statement.ParkFailures")),
    ("E9508", "DueSweepSchedule", drop("DueSweepScheduleRole.Policies.0.PolicyDocument.Statement.Tick")),
    ("E9508", "ChannelSenderMapping", drop("ChannelSenderRole.Policies.0.PolicyDocument.Statement.TakeWork")),
    ("E9508", "NotifierFunction", drop("NotifierRole.Policies.0.PolicyDocument.Statement.QueueDeliveries")),
    ("E9509", "NotifierRole", gone("NotifierStream")),
    ("E9509", "NotifierRole", drop("NotifierFunction.Environment.Variables.OUTBOUND_QUEUE")),
    ("E9509", "ChannelSenderRole", gone("ChannelSenderMapping")),
    ("E9509", "PhotoIntakeRole", gone("PhotoIntakeInvokeConfig")),
    ("E9509", "CaseDeskRole", put("CaseDeskFunction.LoggingConfig.LogGroup", {"Ref": "NotifierLogs"})),
    # Functions.
    ("E9601", "CaseDeskFunction", drop("CaseDeskFunction.LoggingConfig")),
    ("E9601", "CaseDeskLogs", drop("CaseDeskLogs.RetentionInDays")),
    ("E9603", "CaseDeskFunction", put("CaseDeskFunction.Environment.Variables.CASES_TABLE", "cases")),
    ("E9603", "NotifierFunction", put("NotifierFunction.Environment.Variables.ROBOT", {"Ref": "AlarmRobot"})),
    (
        "E9603",
        "NotifierFunction",
        put("NotifierFunction.Environment.Variables.CASES_TABLE", {"Ref": "DirectoryTable"}),
    ),
    ("E9605", "CaseDeskFunction", drop("CaseDeskFunction.Timeout")),
    ("E9605", "CaseDeskFunction", lambda template: template["Globals"]["Function"].pop("Tracing")),
    # Alarms.
    ("E9701", "CasesThrottledAlarm", drop("CasesThrottledAlarm.AlarmActions")),
    ("E9701", "CasesThrottledAlarm", drop("CasesThrottledAlarm.OKActions")),
    ("E9701", "NotifierLagAlarm", put("NotifierLagAlarm.OKActions", [{"Ref": "AlarmTopic"}])),
    ("E9702", "NotifierFunction", gone("BackgroundErrorsAlarm")),
    ("E9702", "NotifierFunction", drop("BackgroundErrorsAlarm.Metrics.notifier")),
    ("E9702", "NotifierDeadLetters", gone("NotifierDeadLettersAlarm")),
    ("E9702", "NotifierDeadLetters", put("NotifierDeadLettersAlarm.AlarmActions", [])),
    ("E9702", "NotifierDeadLetters", put("NotifierDeadLettersAlarm.Period", 3600)),
    ("E9702", "PhotoIntakeDeadLetters", drop("DeadLettersAlarm.Metrics.photoIntake")),
    ("E9702", "DueSweepFunction", gone("DueSweepHeartbeatAlarm")),
    ("E9702", "DueSweepFunction", put("DueSweepHeartbeatAlarm.Threshold", 0)),
    ("E9702", "DueSweepFunction", put("DueSweepHeartbeatAlarm.Period", 86400)),
    ("E9702", "NotifierFunction", gone("NotifierLagAlarm")),
    ("E9702", "NotifierFunction", put("NotifierLagAlarm.Threshold", 3600000)),
    ("E9702", "Api", put("ApiServerErrorsAlarm.Threshold", 90)),
    ("E9702", "CasesTable", drop("CasesThrottledAlarm.Metrics.duewrites")),
    ("E9702", "UrgentTopic", drop("AlarmsUndeliveredAlarm.Metrics.urgent")),
    ("E9702", "AlarmTopic", gone("NoReportsAlarm")),
    ("E9702", "AlarmTopic", put("NoReportsAlarm.Threshold", 0)),
    ("E9702", "AlarmTopic", put("ErrorLinesAlarm.Threshold", 500)),
    ("E9702", "AlarmTopic", put("CalendarMissingNextYearAlarm.EvaluationPeriods", 24)),
    ("E9702", "AlarmTopic", drop("ChannelsAlarm.Metrics.parked")),
    ("E9703", "NotifierLagAlarm", put("NotifierLagAlarm.AlarmActions", [{"Ref": "AlarmTopic"}])),
    ("E9703", "NoReportsAlarm", put("NoReportsAlarm.AlarmActions", [{"Ref": "UrgentTopic"}])),
    ("E9705", "DueSweepHeartbeatAlarm", put("DueSweepHeartbeatAlarm.TreatMissingData", "notBreaching")),
    ("E9705", "ApiServerErrorsAlarm", drop("ApiServerErrorsAlarm.TreatMissingData")),
    ("E9705", "RemindersLateAlarm", put("RemindersLateAlarm.TreatMissingData", "breaching")),
    ("E9708", "ChannelsAlarm", unseen("ChannelsAlarm")),
    ("E9709", "UnheardAlarm", added("UnheardAlarm", "AWS::CloudWatch::Alarm")),
    ("E9709", "NotifierLagAlarm", gone("NotifierLagAlarm")),
    ("E9710", "NoReportsAlarm", put("NoReportsAlarm.MetricName", "ReportsAcepted")),
    ("E9710", "Dashboard", renamed_on_dashboard("OverdueCases", "CasesOverdue")),
    ("E9712", "ApiServerErrorsAlarm", put("ApiServerErrorsAlarm.MetricName", "5XXError")),
    ("E9712", "ApiServerErrorsAlarm", put("ApiServerErrorsAlarm.Dimensions.0.Name", "ApiName")),
    ("E9712", "NotifierLagAlarm", put("NotifierLagAlarm.Dimensions.0.Value", {"Ref": "CasesTable"})),
    ("E9712", "RemindersLateAlarm", put("RemindersLateAlarm.Statistic", "Average")),
    ("E9712", "NoReportsAlarm", put("NoReportsAlarm.Namespace", "Zhitiao")),
    ("E9712", "CasesThrottledAlarm", put("CasesThrottledAlarm.DatapointsToAlarm", 4)),
    ("E9712", "ConcurrencyAlarm", put("ConcurrencyAlarm.Threshold", 800)),
    ("E9712", "ChannelsAlarm", put("ChannelsAlarm.Metrics.all.Expression", "parked * unreached")),
    ("E9714", "Dashboard", renamed_on_dashboard('"widgets": [', '"widgets": [,')),
    ("E9714", "Dashboard", renamed_on_dashboard('"AWS/SQS", "ApproximateNumberOfMessagesVisible"', '"AWS/SQS", "MessagesVisible"')),
    ("E9714", "Dashboard", renamed_on_dashboard('"x": 16', '"x": 20')),
    ("E9804", "CaseDeskRole", drop("CaseDeskRole.Tags")),
    ("E9804", "CaseDeskFunction", lambda template: template["Globals"]["Function"].pop("Tags")),
    # Parameters.
    ("E9803", "PhotosBucketPolicy", attribute("PhotosBucketPolicy", "Condition", "ReserveIntake")),
    ("E9801", "District", lambda template: template["Parameters"]["District"].pop("AllowedPattern")),
    ("E9802", "CaseDeskPermission", put("CaseDeskPermission.SourceArn", "arn:aws:execute-api:cn-north-1:1:api/*")),
    ("E9805", "NotifierStream", put("NotifierStream.Tags", [{"Key": "application", "Value": "zhitiao"}])),
    ("E9805", "CaseDeskFunction", lambda template: template["Globals"]["Function"].update(Tracing="Active")),
    ("E9805", "NotifierFunction", put("NotifierFunction.Tracing", {"Fn::If": ["InChina", "Active", "PassThrough"]})),
    ("E9805", "NotifierStream", put("NotifierStream.MetricsConfig", {"Metrics": ["EventCount"]})),
]
