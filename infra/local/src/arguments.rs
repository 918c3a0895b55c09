//! The command line.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Parser;
use jiff::Timestamp;
use serde_json::json;
use zhitiao_domain::kernel::ids::DistrictId;
use zhitiao_local::{Options, State, seed};

/// Signs what the page `/dev/people` gets; that page believes everybody.
const GATEWAY_SECRET: &str = "whsec_bm8gc2VjcmV0LCBmb3IgbG9jYWwgdXNlIG9ubHk=";

/// Runs the application of a CloudFormation template on this machine.
#[derive(Parser)]
#[command(version)]
pub(crate) struct Arguments {
    /// The template.
    #[arg(long, default_value = "infra/template.yaml")]
    template: PathBuf,
    /// The folder with the functions' binaries.
    #[arg(long, default_value = "target/debug")]
    functions: PathBuf,
    /// The folder that keeps the state between runs.
    #[arg(long, default_value = ".local")]
    state: PathBuf,
    /// Keep the state in memory instead.
    #[arg(long)]
    memory: bool,
    /// The API's port on 127.0.0.1.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The region that the template is deployed to.
    #[arg(long, default_value = "cn-north-1")]
    region: String,
    /// Start the clock at this moment, such as 2026-12-01T09:00:00+08:00.
    #[arg(long, value_name = "MOMENT")]
    clock: Option<Timestamp>,
    /// The folder with the directory to begin with: units, staff, categories, promises, calendar.
    #[arg(long, default_value = "infra/seed")]
    seed: PathBuf,
    /// The district of that directory.
    #[arg(long, default_value = "shinan", value_parser = DistrictId::parse)]
    district: DistrictId,
    /// A template parameter; may be repeated.
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    parameter: Vec<(String, String)>,
}

/// The channels of a local cloud: messages to persons, sent to its own page.
fn channels(here: &str) -> String {
    let gateway = json!({"url": format!("{here}/dev/people"), "secret": GATEWAY_SECRET});
    json!({ "people": gateway }).to_string()
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

impl From<Arguments> for Options {
    fn from(arguments: Arguments) -> Self {
        let mut options = Options::new(arguments.template, arguments.functions);
        options.state = if arguments.memory {
            State::Memory
        } else {
            State::Durable(arguments.state)
        };
        options.port = arguments.port;
        options.region = arguments.region;
        options.start_at = arguments.clock;
        options.parameters = arguments.parameter.into_iter().collect::<BTreeMap<_, _>>();
        if arguments.port != 0 {
            let here = format!("http://127.0.0.1:{}", arguments.port);
            for name in ["PublicUrl", "AllowedOrigins"] {
                let parameters = options.parameters.entry(name.to_owned());
                parameters.or_insert_with(|| here.clone());
            }
        }
        let (district, port) = (arguments.district, options.port);
        options = options.prepare(seed::hook(arguments.seed));
        if port != 0 {
            let channels = channels(&format!("http://127.0.0.1:{port}"));
            options = options.and_prepare(seed::channels(district, channels));
        }
        options
    }
}
