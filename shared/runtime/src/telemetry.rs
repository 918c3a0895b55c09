//! What a function says about itself: JSON log lines and CloudWatch metrics, both on standard output.
//!
//! A log line has `timestamp`, `level`, `message`, `service`, and where known `request_id`, `xray_trace_id` and
//! `case_id`. What residents wrote, names, tokens, queries and bodies never go into a log.

use std::io::{self, Write};
use std::sync::OnceLock;

use json_subscriber::JsonLayer;
use serde_json::{Map, Value, json};
use tracing::{Event, Level, Span, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::{MakeWriter, time::SystemTime};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use zhitiao_domain::kernel::ids::CaseId;

use crate::clock::Clock;

/// What the CloudWatch namespace of all metrics begins with; the stack's name follows, so that two stacks of one
/// district in one account have metrics of their own.
pub const NAMESPACE: &str = "Zhitiao";

/// The namespace of this process.
static STACK_NAMESPACE: OnceLock<String> = OnceLock::new();

/// The district of this process.
static DISTRICT: OnceLock<String> = OnceLock::new();

/// Starts logging and metrics for this process; a second call changes nothing.
///
/// `level` is a level (`info`, the default) or a list of targets (`info,hyper=debug`); one that does not parse counts
/// as `info`, because a wrong log level must not keep a function from starting.
pub fn start(
    service: &'static str,
    level: Option<&str>,
    stack: Option<String>,
    district: Option<String>,
) {
    if let Some(stack) = stack {
        STACK_NAMESPACE.get_or_init(|| namespace(&stack));
    }
    if let Some(district) = district {
        DISTRICT.get_or_init(|| district);
    }
    let counted = subscriber(service, level, io::stdout).with(ErrorLines);
    if counted.try_init().is_ok() {
        std::panic::set_hook(Box::new(|panic| {
            let place = panic
                .location()
                .map(ToString::to_string)
                .unwrap_or_default();
            let message = panic.payload_as_str().unwrap_or_default();
            tracing::error!(panic = message, place, "panicked");
        }));
    }
}

/// Reports each line of level ERROR as a metric: one alarm then sees what any function calls an error.
struct ErrorLines;

impl<S: Subscriber> Layer<S> for ErrorLines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if *event.metadata().level() == Level::ERROR {
            metric("ErrorLines", 1.0, Unit::Count, &[]);
        }
    }
}

fn subscriber<W>(
    service: &'static str,
    level: Option<&str>,
    writer: W,
) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let mut lines = JsonLayer::new(writer);
    lines.with_timer("timestamp", SystemTime);
    lines.with_level("level");
    lines.add_static_field("service", Value::from(service));
    lines.with_flattened_event();
    lines.with_top_level_flattened_span_list();
    tracing_subscriber::registry()
        .with(filter(level))
        .with(lines)
}

fn filter(level: Option<&str>) -> Targets {
    level
        .and_then(|level| level.parse().ok())
        .unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO))
        // The runtime's own span repeats the request id under another name.
        .with_target("lambda_runtime::layers::trace", LevelFilter::OFF)
}

/// The span of one invocation. At error level, so that no log level takes the request id away.
pub fn invocation_span(context: Option<&lambda_runtime::Context>) -> Span {
    tracing::error_span!(
        "invocation",
        request_id = context.map(|context| context.request_id.as_str()),
        xray_trace_id = context.and_then(|context| context.xray_trace_id.as_deref()),
        case_id = tracing::field::Empty,
    )
}

/// Notes the case that this invocation is about: its log lines carry the id from here on.
pub fn about_case(case: CaseId) {
    Span::current().record("case_id", case.as_str());
}

/// The unit of a metric, as CloudWatch names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub enum Unit {
    /// A number of things.
    Count,
    /// A duration in milliseconds.
    Milliseconds,
    /// A duration in seconds.
    Seconds,
    /// A size in bytes.
    Bytes,
}

/// Reports one value of a metric of the district, as one line of CloudWatch's Embedded Metric Format.
///
/// Each combination of dimension values is a metric that is paid for: channels, rungs and subdistricts, never ids.
pub fn metric(name: &str, value: f64, unit: Unit, dimensions: &[(&str, &str)]) {
    print(&embedded(name, value, unit, dimensions, &[dimensions]));
}

/// Reports one value of a metric by its dimensions and once more for the district as a whole: alarms watch the whole,
/// for they cannot add up.
pub fn metric_and_total(name: &str, value: f64, unit: Unit, dimensions: &[(&str, &str)]) {
    print(&embedded(name, value, unit, dimensions, &[&[], dimensions]));
}

fn print(line: &Value) {
    // A closed standard output leaves nobody to tell.
    let _ = writeln!(io::stdout().lock(), "{line}");
}

fn namespace(stack: &str) -> String {
    format!("{NAMESPACE}/{stack}")
}

/// The line for one value; each of `sets` is a list of dimensions that it is counted under, besides the district.
fn embedded(
    name: &str,
    value: f64,
    unit: Unit,
    dimensions: &[(&str, &str)],
    sets: &[&[(&str, &str)]],
) -> Value {
    let district = DISTRICT.get().map_or("", String::as_str);
    let sets: Vec<Vec<&str>> = sets
        .iter()
        .map(|set| {
            let names = set.iter().map(|(name, _)| *name);
            std::iter::once("district").chain(names).collect()
        })
        .collect();
    let mut line: Map<String, Value> = dimensions
        .iter()
        .chain(&[("district", district)])
        .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
        .collect();
    line.insert(name.to_owned(), Value::from(value));
    line.insert(
        "_aws".to_owned(),
        json!({
            "Timestamp": Clock::system().now().as_millisecond(),
            "CloudWatchMetrics": [{
                "Namespace": STACK_NAMESPACE.get().map_or(NAMESPACE, String::as_str),
                "Dimensions": sets,
                "Metrics": [{ "Name": name, "Unit": unit }],
            }],
        }),
    );
    Value::Object(line)
}

/// Collects log lines in memory, for tests of what a crate logs.
pub mod capture {
    use std::sync::{Arc, Mutex, PoisonError};

    use tracing::subscriber::DefaultGuard;

    use super::{MakeWriter, Value, Write, io, subscriber};

    /// What was logged.
    #[derive(Debug, Clone, Default)]
    pub struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Lines {
        /// Captures what this thread logs at a level while the guard lives.
        pub fn at(level: &str) -> (Self, DefaultGuard) {
            let lines = Self::default();
            let subscriber = subscriber("test", Some(level), lines.clone());
            (lines, tracing::subscriber::set_default(subscriber))
        }

        /// The lines so far; what is no JSON is left out.
        pub fn read(&self) -> Vec<Value> {
            let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let lines = serde_json::Deserializer::from_slice(&bytes).into_iter();
            lines.filter_map(Result::ok).collect()
        }
    }

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            lines.extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'w> MakeWriter<'w> for Lines {
        type Writer = Self;

        fn make_writer(&'w self) -> Self {
            self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::capture::Lines;
    use super::*;

    fn context() -> lambda_runtime::Context {
        let mut context = lambda_runtime::Context::default();
        context.request_id = "r-1".to_owned();
        context
    }

    #[test]
    fn a_line_carries_service_request_and_case_flat() {
        let (lines, _guard) = Lines::at("info");
        invocation_span(Some(&context())).in_scope(|| {
            about_case(CaseId::parse("K7M39QXD").unwrap());
            tracing::info!(rung = "yellow", "reminded");
        });
        let line = &lines.read()[0];
        for (key, value) in [
            ("level", "INFO"),
            ("message", "reminded"),
            ("service", "test"),
            ("request_id", "r-1"),
            ("case_id", "K7M39QXD"),
            ("rung", "yellow"),
        ] {
            assert_eq!(line[key], value, "{line}");
        }
        assert!(line["timestamp"].is_string(), "{line}");
    }

    #[test]
    fn the_request_id_stands_at_every_level_and_line_breaks_cannot_forge_a_line() {
        let (lines, _guard) = Lines::at("error");
        invocation_span(Some(&context())).in_scope(|| {
            tracing::info!("not at this level");
            tracing::error!(error = "a\n{\"level\":\"INFO\"}", "failed");
        });
        let lines = lines.read();
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["request_id"], "r-1");
    }

    #[test]
    fn a_wrong_level_means_info() {
        let (lines, _guard) = Lines::at("loud=very");
        tracing::debug!("no");
        tracing::info!("yes");
        assert_eq!(lines.read().len(), 1);
    }

    #[test]
    fn a_metric_is_one_line_of_the_embedded_metric_format() {
        let dimensions: &[(&str, &str)] = &[("channel", "web")];
        let line = embedded(
            "ReportsAccepted",
            1.0,
            Unit::Count,
            dimensions,
            &[&[], dimensions],
        );
        let declared = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(declared["Namespace"], "Zhitiao");
        assert_eq!(namespace("shinan-2"), "Zhitiao/shinan-2");
        assert_eq!(
            declared["Dimensions"],
            json!([["district"], ["district", "channel"]])
        );
        assert_eq!(
            declared["Metrics"],
            json!([{ "Name": "ReportsAccepted", "Unit": "Count" }])
        );
        assert_eq!(line["channel"], "web");
        assert!(line["district"].is_string(), "{line}");
        assert_eq!(line["ReportsAccepted"], 1.0);
        assert!(line["_aws"]["Timestamp"].as_i64() > Some(1_700_000_000_000));
        assert!(!line.to_string().contains('\n'));
    }
}
