//! A district with a gateway to its people, and what came to it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use zhitiao_domain::kernel::ids::DistrictId;
use zhitiao_local::{Options, seed};

use crate::receiver::{Received, Receiver};
use crate::world::{DISTRICT, World, options, workspace};

/// A key of 24 bytes in the spelling of Standard Webhooks.
pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// The options of a district whose messages to persons go to the receiver.
pub fn with_gateway(receiver: &Receiver) -> Options {
    let people = json!({"people": {"url": receiver.url, "secret": SECRET}});
    with_channels(options(), &people)
}

/// Imports channels, in the form of the operators' file, into a new district.
///
/// # Panics
/// When the district has no id.
pub fn with_channels(options: Options, channels: &Value) -> Options {
    let district = DistrictId::parse(DISTRICT).unwrap_or_else(|error| panic!("{error}"));
    options.and_prepare(seed::channels(district, channels.to_string()))
}

/// Seeds another staff list: each person by id, with these members changed.
///
/// # Panics
/// When the seed cannot be copied.
pub fn with_staff(options: Options, changes: &[(&str, Value)]) -> Options {
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    let from = workspace().join("infra/seed");
    for entry in std::fs::read_dir(from).into_iter().flatten().flatten() {
        let copied = std::fs::copy(entry.path(), folder.path().join(entry.file_name()));
        assert!(copied.is_ok(), "{copied:?}");
    }
    let file = folder.path().join("staff.json");
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    let mut staff: Vec<Value> = serde_json::from_str(&text).unwrap_or_default();
    for (id, change) in changes {
        let person = staff.iter_mut().find(|person| person["id"] == *id);
        let person = person.unwrap_or_else(|| panic!("the seed has no {id}"));
        for (name, value) in change.as_object().into_iter().flatten() {
            person[name] = value.clone();
        }
    }
    let written = std::fs::write(&file, json!(staff).to_string());
    assert!(written.is_ok(), "{written:?}");
    let hook = seed::hook(folder.path().to_owned());
    let mut options = options;
    let before = options.prepare.take();
    let options = options.prepare(move |prepared| async move {
        let seeded = hook(prepared).await;
        // Until now the hook read from it.
        drop(folder);
        seeded
    });
    // It finds a directory there, and adds what else it has.
    match before {
        Some(before) => options.and_prepare(before),
        None => options,
    }
}

impl World {
    /// Starts the notifier with a record of which it says nothing, so that what it does in its start is over.
    pub async fn wake_notifier(&self) {
        let order = json!({
            "pk": {"S": "shinan#DIGEST"},
            "sk": {"S": "DIGEST#2026-01-05#shinan"},
            "since": {"N": "0"},
            "ttl": {"N": "1800000000"},
        });
        self.put_item(&order).await;
        self.settle().await;
    }
}

/// One message to a person.
#[derive(Debug, Clone)]
pub struct GatewayCall {
    /// The id by which a repetition shows.
    pub id: String,
    /// The body.
    pub body: Value,
    /// As it came.
    pub received: Received,
}

impl GatewayCall {
    /// The words.
    pub fn text(&self) -> &str {
        self.body["text"].as_str().unwrap_or_default()
    }
}

impl Receiver {
    /// The messages of a kind (`notice`, `digest`, `folded`) to a person, in order.
    pub fn calls(&self, person: &str, kind: &str) -> Vec<GatewayCall> {
        let seen = self.seen().into_iter().map(|received| GatewayCall {
            id: received.header("webhook-id").to_owned(),
            body: serde_json::from_str(&received.body).unwrap_or_default(),
            received,
        });
        seen.filter(|call| call.body["to"] == person && call.body["type"] == kind)
            .collect()
    }

    /// How often each message came, by its id.
    pub fn arrivals(&self) -> BTreeMap<String, usize> {
        let mut arrivals = BTreeMap::new();
        for message in self.seen() {
            let id = message.header("webhook-id").to_owned();
            *arrivals.entry(id).or_default() += 1;
        }
        arrivals
    }
}
