//! Channels out of the house in the directory table: one item for each channel of a unit, read by unit on demand.
//!
//! They have a partition of their own: loading the directory never reads an address or a key.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use jiff::Timestamp;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use zhitiao_domain::kernel::ids::{DistrictId, UnitId};
use zhitiao_domain::notify::channel::{ChannelName, ChannelSettings};

use crate::directory::{Directory, is_fresh};
use crate::error::StoreError;
use crate::item::{Item, from_item, s, to_item};
use crate::keys;
use crate::notify::delivery::{DeliveryKey, Recipient};
use crate::table::BATCH_WRITES;
use crate::write::{Key, Write};

/// A stored channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredChannel {
    /// Its settings.
    pub settings: ChannelSettings,
    /// The number of the change that last wrote it; 0 while it is as it was imported.
    pub version: u64,
}

#[derive(Serialize, Deserialize)]
struct ChannelItem {
    pk: String,
    sk: String,
    url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ver: Option<u64>,
}

impl ChannelItem {
    fn read(item: Item) -> Result<StoredChannel, StoreError> {
        let item: Self = from_item(item)?;
        let (unit, name) = item.sk.split_once('#').unwrap_or_default();
        Ok(StoredChannel {
            settings: ChannelSettings {
                unit: UnitId::parse(unit).map_err(StoreError::malformed)?,
                name: ChannelName::parse(name).map_err(StoreError::malformed)?,
                url: item.url,
                secret: item.secret,
            },
            version: item.ver.unwrap_or_default(),
        })
    }
}

/// The item of a channel.
fn item(
    district: &DistrictId,
    settings: &ChannelSettings,
    version: Option<u64>,
) -> Result<Item, StoreError> {
    to_item(&ChannelItem {
        pk: keys::channels(district),
        sk: keys::channel(&settings.unit, settings.name),
        url: settings.url.clone(),
        secret: settings.secret.clone(),
        ver: version,
    })
}

/// The write that sets a channel, or takes it away, by the change of that number.
pub(crate) fn write(
    district: &DistrictId,
    (unit, name): (&UnitId, ChannelName),
    settings: Option<&ChannelSettings>,
    number: u64,
) -> Result<Write, StoreError> {
    if let Some(settings) = settings {
        return item(district, settings, Some(number)).map(Write::put);
    }
    let key = [
        ("pk", keys::channels(district)),
        ("sk", keys::channel(unit, name)),
    ];
    let key = key.map(|(name, value)| (name.to_owned(), s(value)));
    Ok(Write::delete(Key::of(&key.into())?))
}

impl Directory {
    /// Every channel of the district by unit and name, up to date to the last write.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn channels(&self, district: &DistrictId) -> Result<Vec<StoredChannel>, StoreError> {
        let query = self.table.hash(keys::channels(district)).consistent();
        let items = query.all().await?.into_iter();
        items.map(ChannelItem::read).collect()
    }

    /// The channels to a unit, or to any member of staff, at most 60 s old.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn channels_to(
        &self,
        district: &DistrictId,
        to: &Recipient,
        now: Timestamp,
    ) -> Result<Vec<ChannelSettings>, StoreError> {
        let all = match to {
            Recipient::Unit(unit) => self.channels_of(district, unit, now).await?,
            Recipient::Staff(_) => {
                let topmost = UnitId::parse(district.as_str()).map_err(StoreError::malformed)?;
                self.channels_of(district, &topmost, now).await?
            }
        };
        let is_person = matches!(to, Recipient::Staff(_));
        let fitting = all.iter();
        let fitting = fitting.filter(|one| (one.name == ChannelName::People) == is_person);
        Ok(fitting.cloned().collect())
    }

    /// The channel of a delivery, when it is still there.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn channel_of(
        &self,
        key: &DeliveryKey,
        now: Timestamp,
    ) -> Result<Option<ChannelSettings>, StoreError> {
        let channels = self.channels_to(&key.district, &key.to, now).await?;
        let mut channels = channels.into_iter();
        Ok(channels.find(|channel| channel.name.code() == key.channel))
    }

    async fn channels_of(
        &self,
        district: &DistrictId,
        unit: &UnitId,
        now: Timestamp,
    ) -> Result<Arc<[ChannelSettings]>, StoreError> {
        let place = (district.clone(), unit.clone());
        let mut cached = self.channels.lock().await;
        if let Some((read_at, channels)) = cached.get(&place)
            && is_fresh(*read_at, now)
        {
            return Ok(Arc::clone(channels));
        }
        let first = keys::channels_of(unit);
        let query = self.table.hash(keys::channels(district));
        let query = query.range("begins_with(sk, :unit)", ":unit", s(first));
        let items = query.all().await?.into_iter();
        let found: Result<Vec<_>, _> = items
            .map(|item| ChannelItem::read(item).map(|stored| stored.settings))
            .collect();
        let channels: Arc<[ChannelSettings]> = found?.into();
        cached.insert(place, (now, Arc::clone(&channels)));
        Ok(channels)
    }

    /// Writes channels as they are, past the log of changes: for an import.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn import_channels(
        &self,
        district: &DistrictId,
        channels: &[ChannelSettings],
    ) -> Result<(), StoreError> {
        for batch in channels.chunks(BATCH_WRITES) {
            let writes = batch.iter();
            let writes = writes.map(|one| item(district, one, None).map(Write::put));
            let writes = writes.collect::<Result<_, _>>()?;
            self.table.write_batch(writes).await?;
        }
        Ok(())
    }
}

/// The file with the channels of a district: `{"wecom": {unit: url}, "webhooks": {unit: {"url", "secret"}}, "people":
/// {"url", "secret"}}`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct ChannelsFile {
    wecom: Entries<String>,
    webhooks: Entries<Endpoint>,
    people: Option<Endpoint>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Endpoint {
    url: String,
    secret: String,
}

/// The members of an object in their order: of two with one name, neither hides the other.
struct Entries<T>(Vec<(String, T)>);

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Reader<T> {
            type Value = Entries<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object by unit")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(Reader(PhantomData))
    }
}

/// Reads the file with the channels of a district.
///
/// # Errors
/// Every fault of the form. An address and a key are secrets, and are never repeated.
pub fn read_channels(
    text: &[u8],
    district: &DistrictId,
) -> Result<Vec<ChannelSettings>, Vec<String>> {
    let of_another_form = |line: usize| {
        vec![format!(
            "line {line}: not {{\"wecom\": {{unit: url}}, \"webhooks\": {{unit: {{\"url\", \"secret\"}}}}, \
             \"people\": {{\"url\", \"secret\"}}}}"
        )]
    };
    // Serde would read the members from a list, too.
    if !text.trim_ascii_start().starts_with(b"{") {
        return Err(of_another_form(1));
    }
    let file: ChannelsFile =
        serde_json::from_slice(text).map_err(|error| of_another_form(error.line()))?;
    let (mut channels, mut faults) = (Vec::<ChannelSettings>::new(), Vec::new());
    let robots = file.wecom.0.into_iter();
    let robots = robots.map(|(unit, url)| (unit, ChannelName::Wecom, url, None));
    let signed = |name| move |(unit, to): (String, Endpoint)| (unit, name, to.url, Some(to.secret));
    let hooks = file
        .webhooks
        .0
        .into_iter()
        .map(signed(ChannelName::Webhook));
    let people = file.people.map(|to| (district.to_string(), to)).into_iter();
    let people = people.map(signed(ChannelName::People));
    for (unit, name, url, secret) in robots.chain(hooks).chain(people) {
        let Ok(id) = UnitId::parse(&unit) else {
            faults.push(format!("{name} names {unit}, which is no unit"));
            continue;
        };
        if channels
            .iter()
            .any(|one| one.unit == id && one.name == name)
        {
            faults.push(format!("{name} names {unit} twice"));
        }
        channels.push(ChannelSettings {
            unit: id,
            name,
            url,
            secret,
        });
    }
    if faults.is_empty() {
        Ok(channels)
    } else {
        Err(faults)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<ChannelSettings>, Vec<String>> {
        read_channels(text.as_bytes(), &DistrictId::parse("shinan").unwrap())
    }

    #[test]
    fn a_file_of_another_form_is_refused_and_no_secret_of_it_is_repeated() {
        for text in [
            "",
            "[]",
            r#"{"wecon":{}}"#,
            r#"{"wecom":["https://secret.example.org"]}"#,
            r#"{"wecom":{"badaguan":{"url":"https://secret.example.org"}}}"#,
            r#"{"webhooks":{"badaguan":"https://secret.example.org"}}"#,
            r#"{"people":{"url":"https://secret.example.org"}}"#,
            r#"{"wecom":{"BAD":"https://secret.example.org"}}"#,
            r#"{"wecom":{"a":"https://secret.example.org","a":"https://secret.example.org"}}"#,
        ] {
            let faults = read(text).unwrap_err().join("\n");
            assert!(!faults.contains("secret.example"), "{faults}");
        }
    }

    #[test]
    fn a_sound_file_names_each_channel_with_its_unit() {
        let text = r#"{"wecom": {"badaguan": "https://a"}, "webhooks": {"badaguan": {"url": "https://b", "secret": "c"}},
            "people": {"url": "https://d", "secret": "e"}}"#;
        let found = read(text).unwrap();
        let found: Vec<_> = found.iter().map(|one| format!("{one:?}")).collect();
        assert_eq!(
            found,
            [
                "wecom of badaguan",
                "webhook of badaguan",
                "people of shinan"
            ]
        );
    }
}
