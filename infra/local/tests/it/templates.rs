//! What refuses to start, and that the refusal says where.

use zhitiao_local::{LocalCloud, Options, StartError};

use crate::support::{Cloud, Project, TEMPLATE, refusal, replaced};

/// Refused with a message that names the resource and the cause.
async fn refused(pairs: &[(&str, &str)], logical: &str, cause: &str) {
    let message = refusal(&replaced(pairs)).await.to_string();
    assert!(
        message.contains(logical) && message.contains(cause),
        "{message}"
    );
}

#[tokio::test]
async fn an_unknown_resource_type_is_refused() {
    refused(
        &[("Type: AWS::SQS::Queue", "Type: AWS::Kinesis::Stream")],
        "StreamDeadLetters",
        "AWS::Kinesis::Stream",
    )
    .await;
}

#[tokio::test]
async fn an_unsupported_property_is_refused() {
    refused(
        &[(
            "      BatchSize: 4\n",
            "      BatchSize: 4\n      TumblingWindowInSeconds: 5\n",
        )],
        "Mapping",
        "TumblingWindowInSeconds",
    )
    .await;
    refused(
        &[(
            "      BillingMode: PAY_PER_REQUEST\n",
            "      BillingMode: PAY_PER_REQUEST\n      ImportSourceSpecification: {}\n",
        )],
        "CasesTable",
        "ImportSourceSpecification",
    )
    .await;
    refused(
        &[(
            "      CodeUri: ../dist/web/\n",
            "      CodeUri: ../dist/web/\n      Events: {}\n",
        )],
        "WebFunction",
        "Events",
    )
    .await;
}

#[tokio::test]
async fn an_unsupported_function_or_reference_is_refused() {
    refused(
        &[(
            "NAME: !Sub ['${Kind} ${District}', { Kind: district }]",
            "NAME: !Join ['-', [a, b]]",
        )],
        "WebFunction",
        "Fn::Join",
    )
    .await;
    refused(
        &[
            (
                "IsQuiet: !Not [!Condition IsLoud]",
                "IsQuiet: !And [!Condition IsLoud, !Condition IsLoud]",
            ),
            ("Condition: IsLoud", "Condition: IsQuiet"),
        ],
        "QuietFunction",
        "Fn::And",
    )
    .await;
    refused(
        &[("rate(1 day)", "cron(0 9 * * ? *)")],
        "Daily",
        "cron(0 9 * * ? *)",
    )
    .await;
    refused(
        &[("DISTRICT: !Ref District", "DISTRICT: !Ref Nowhere")],
        "Function",
        "Nowhere",
    )
    .await;
    refused(
        &[(
            "!GetAtt TickerFunction.Arn",
            "!GetAtt TickerFunction.Version",
        )],
        "SchedulerRole",
        "Version",
    )
    .await;
}

#[tokio::test]
async fn a_missing_permission_is_refused() {
    refused(
        &[(
            "Principal: apigateway.amazonaws.com",
            "Principal: events.amazonaws.com",
        )],
        "Route",
        "apigateway.amazonaws.com",
    )
    .await;
    refused(
        &[(
            "Principal: s3.amazonaws.com",
            "Principal: sns.amazonaws.com",
        )],
        "UploadsBucket",
        "s3.amazonaws.com",
    )
    .await;
    refused(
        &[(
            "Principal: { Service: scheduler.amazonaws.com }",
            "Principal: { Service: lambda.amazonaws.com }",
        )],
        "does not trust",
        "scheduler.amazonaws.com",
    )
    .await;
    refused(
        &[("dynamodb:GetRecords, ", "")],
        "Mapping",
        "dynamodb:GetRecords",
    )
    .await;
    refused(
        &[("Action: sqs:SendMessage", "Action: sqs:ReceiveMessage")],
        "Mapping",
        "sqs:SendMessage",
    )
    .await;
}

#[tokio::test]
async fn wires_that_lead_nowhere_are_refused() {
    refused(
        &[(
            "StreamSpecification: { StreamViewType: NEW_IMAGE }\n",
            "Tags: []\n",
        )],
        "Mapping",
        "has no stream",
    )
    .await;
    refused(
        &[("rate(1 minute)", "rate(5 minute)")],
        "Tick",
        "rate(5 minute)",
    )
    .await;
    refused(
        &[("{\"prefix\":\"EVENT#\"}", "{\"wildcard\":\"EVENT#*\"}")],
        "Mapping",
        "wildcard",
    )
    .await;
    refused(
        &[(
            "Target: !Sub 'integrations/${Integration}', AuthorizationType",
            "Target: integrations/none, AuthorizationType",
        )],
        "PublicRoute",
        "integrations/none",
    )
    .await;
    refused(
        &[(
            "Function: !GetAtt ListenerFunction.Arn",
            "Function: arn:none",
        )],
        "UploadsBucket",
        "arn:none",
    )
    .await;
}

#[tokio::test]
async fn a_function_without_its_binary_is_refused_with_the_path() {
    let project = Project::new(TEMPLATE);
    std::fs::remove_file(project.folder.path().join("web")).unwrap();
    let error = LocalCloud::start(project.options()).await.unwrap_err();
    let StartError::MissingBinary { logical, path } = error else {
        panic!("{error}")
    };
    assert_eq!(
        (logical.as_str(), path.file_name().unwrap().to_str()),
        ("WebFunction", Some("web"))
    );
}

#[tokio::test]
async fn an_environment_that_lambda_would_not_take_is_refused() {
    let long = format!("DISTRICT: {}", "x".repeat(4100));
    refused(&[("DISTRICT: !Ref District", &long)], "Function", "4096").await;
}

#[tokio::test]
async fn parameters_are_checked() {
    let project = Project::new(TEMPLATE);
    let error = LocalCloud::start(project.options().parameter("Nowhere", "x"))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("Nowhere"), "{error}");
    let bare = replaced(&[(
        "District: { Type: String, Default: shinan }",
        "District: { Type: String }",
    )]);
    assert!(refusal(&bare).await.to_string().contains("District"));
    let cloud = Cloud::with(&bare, |options| options.parameter("District", "shinan")).await;
    assert_eq!(cloud.environment("web")["DISTRICT"], "shinan");
}

/// Refused for the value of a parameter that is given.
async fn parameter_refused(template: &str, name: &str, value: &str, cause: &str) {
    let project = Project::new(template);
    let started = LocalCloud::start(project.options().parameter(name, value)).await;
    let message = started.unwrap_err().to_string();
    assert!(
        message.contains(name) && message.contains(cause),
        "{message}"
    );
    assert!(!message.contains(value), "a value may be secret: {message}");
}

#[tokio::test]
async fn constraints_of_parameters_are_enforced() {
    let constrained = replaced(&[
        (
            "District: { Type: String, Default: shinan }",
            "District: { Type: String, Default: shinan, AllowedPattern: '^[a-z]+$', ConstraintDescription: small letters }",
        ),
        (
            "Seconds: { Type: Number, Default: 2 }",
            "Seconds: { Type: Number, Default: 2, MinValue: 2, MaxValue: 9 }",
        ),
        (
            "Loud: { Type: String, Default: 'no' }",
            "Loud: { Type: String, Default: 'no', AllowedValues: ['no', 'yes'], MaxLength: 3 }",
        ),
    ]);
    parameter_refused(&constrained, "District", "Shi Nan", "AllowedPattern").await;
    parameter_refused(&constrained, "District", "Shi Nan", "small letters").await;
    parameter_refused(&constrained, "Seconds", "1", "MinValue").await;
    parameter_refused(&constrained, "Seconds", "10", "MaxValue").await;
    parameter_refused(&constrained, "Seconds", "many", "number").await;
    parameter_refused(&constrained, "Loud", "maybe", "AllowedValues").await;
    let default = constrained.replace("Default: shinan,", "Default: Shinan,");
    let message = refusal(&default).await.to_string();
    assert!(
        message.contains("District") && message.contains("AllowedPattern"),
        "{message}"
    );
}

#[tokio::test]
async fn rules_between_parameters_are_enforced() {
    let rule = "
Rules:
  LoudTakesTime:
    RuleCondition: !Equals [!Ref Loud, 'yes']
    Assertions:
      - Assert: !Not [!Equals [!Ref Seconds, 2]]
        AssertDescription: being loud takes longer

Conditions:
";
    let ruled = replaced(&[("\nConditions:\n", rule)]);
    let project = Project::new(&ruled);
    LocalCloud::start(project.options())
        .await
        .unwrap()
        .stop()
        .await;
    let started = LocalCloud::start(project.options().parameter("Loud", "yes")).await;
    let message = started.unwrap_err().to_string();
    assert_eq!(message, "template: LoudTakesTime: being loud takes longer");
}

#[tokio::test]
async fn what_would_be_ignored_without_a_word_is_refused() {
    refused(
        &[("Globals:\n", "Globals:\n  HttpApi: {}\n")],
        "HttpApi",
        "Globals",
    )
    .await;
    refused(
        &[(
            "Transform: AWS::Serverless-2016-10-31",
            "Transform: AWS::LanguageExtensions",
        )],
        "Transform",
        "AWS::Serverless",
    )
    .await;
    refused(
        &[(
            "    Type: AWS::SQS::Queue\n    Properties:\n",
            "    Type: AWS::SQS::Queue\n    Propertys:\n",
        )],
        "Work",
        "Propertys",
    )
    .await;
    refused(
        &[("ExpirationInDays: 2", "ExpirationInDays: 2, TagFilters: []")],
        "UploadsBucket",
        "TagFilters",
    )
    .await;
    refused(
        &[(
            "Loud: { Type: String,",
            "Loud: { Type: String, AllowedValue: [],",
        )],
        "Loud",
        "AllowedValue",
    )
    .await;
}

#[tokio::test]
async fn conditions_decide_what_exists() {
    let project = Project::new(TEMPLATE);
    let error = LocalCloud::start(project.options().parameter("Loud", "yes"))
        .await
        .unwrap_err();
    assert!(
        error.to_string().starts_with("QuietFunction: no binary"),
        "{error}"
    );
}

#[tokio::test]
async fn a_template_that_cannot_be_read_is_refused() {
    let missing = LocalCloud::start(Options::new("/nowhere.yaml", "/"))
        .await
        .unwrap_err();
    assert!(missing.to_string().contains("/nowhere.yaml"));
    assert!(refusal("Resources: [").await.to_string().contains("YAML"));
    assert!(
        refusal("Outputs: {}\nHooks: {}\n")
            .await
            .to_string()
            .contains("Hooks")
    );
}

#[tokio::test]
async fn the_prepare_hook_fills_tables_before_functions_start() {
    let cloud = Cloud::with(TEMPLATE, |options| {
        options.prepare(|prepared| async move {
            let http = crate::support::client();
            let item = serde_json::json!({ "pk": { "S": "seed" }, "sk": { "S": "#" } });
            let request =
                serde_json::json!({ "TableName": prepared.tables["CasesTable"], "Item": item });
            let answer =
                crate::support::dynamodb(&http, &prepared.dynamodb_url, "PutItem", &request)
                    .await?;
            answer.error_for_status()?;
            Ok(())
        })
    })
    .await;
    assert_eq!(cloud.items("CasesTable")[0]["pk"], "seed");
    let project = Project::new(TEMPLATE);
    let failing = project
        .options()
        .prepare(|_| async { Err("no seed".into()) });
    let error = LocalCloud::start(failing).await.unwrap_err();
    assert_eq!(error.to_string(), "preparing the tables: no seed");
}
