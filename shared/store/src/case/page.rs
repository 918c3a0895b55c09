//! Cases: read by one query, changed by one transaction.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{ConditionCheck, KeysAndAttributes, TransactWriteItem, Update};

use jiff::Timestamp;

use zhitiao_domain::case::photo::Photo;
use zhitiao_domain::case::publication::{self, Publication};
use zhitiao_domain::case::report::{PhotoGrant, Text};
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::case::{Author, Case, Change, Event, EventKind};
use zhitiao_domain::kernel::ids::{CaseId, DistrictId};

use crate::case::event;
use crate::case::item::{self, Identity};
use crate::case::photo;
use crate::error::StoreError;
use crate::item::{Item, n, s};
use crate::keys;
use crate::table::{BATCH_PAUSES, CaseTable, put_item, sort_key};

/// Nobody changed the case since it was read, and no other calendar counts its moments.
pub(crate) const UNTOUCHED: &str = "r = :r AND cv = :cv";

/// What stands for the identity where two images of a head are compared: it does not change.
pub(crate) const ANY_IDENTITY: Identity = Identity {
    hash: [0; 32],
    fingerprint: [0; 16],
};

/// A case with its history and photos, as one query returns them.
#[derive(Debug)]
pub struct CasePage {
    /// The case.
    pub case: Case,
    moved_text: Option<String>,
    /// Its events in order, receipt excluded.
    pub events: Vec<Event>,
    /// Its photos.
    pub photos: Vec<Photo>,
    /// The parts into which it was split, where they were read or just opened.
    pub parts: Option<Vec<Case>>,
}

impl CasePage {
    /// The words of the report, wherever they stand.
    pub fn text(&self) -> &str {
        match (&self.case.report.text, &self.moved_text) {
            (Text::Here(text), _) | (Text::InFirstEvent(_), Some(text)) => text,
            // Event 0 is written with the head that says so.
            (Text::InFirstEvent(first_words), None) => first_words,
        }
    }

    /// What everyone sees of the case while it is on the board.
    pub fn publication(&self) -> Publication {
        Publication::of(&self.events, &self.photos)
    }

    /// The version that a person sees: it grows with every command, and with every photo of the reporter that can be
    /// seen. Both only ever grow, so each version stands for one state, and no photo costs a write of the head.
    pub fn version(&self) -> u32 {
        let photos = publication::ready_from_reporter(&self.photos).len();
        self.case.version + u32::try_from(photos).unwrap_or(u32::MAX)
    }

    /// Every photo that was announced, by number: the reporter's first, then evidence; with what became of it.
    pub fn announced_photos(&self) -> Vec<(u8, PhotoGrant, Option<&Photo>)> {
        let recorded = |number| self.photos.iter().find(|photo| photo.number == number);
        let reporters = (0_u8..)
            .zip(&self.case.report.photos)
            .map(|(number, grant)| (number, *grant));
        let evidence = self
            .photos
            .iter()
            .filter_map(|photo| Some((photo.number, photo.announced.as_ref()?.grant)));
        reporters
            .chain(evidence)
            .map(|(number, grant)| (number, grant, recorded(number)))
            .collect()
    }

    /// The page as it is once the change is saved.
    pub fn after(mut self, change: Change) -> Self {
        if let (Text::Here(text), None) = (&self.case.report.text, &self.moved_text) {
            self.moved_text = Some(text.clone());
        }
        if !change.opened.is_empty() {
            self.parts = Some(change.opened);
        }
        for part in self.parts.iter_mut().flatten() {
            let ended = change.ended.iter().find(|ended| ended.after.id == part.id);
            if let Some(ended) = ended {
                *part = ended.after.clone();
            }
        }
        self.case = change.after;
        self.events.push(change.event);
        self
    }

    /// The case with which this one was merged.
    pub fn merged_into(&self) -> Option<CaseId> {
        self.events.iter().rev().find_map(|event| match event.kind {
            EventKind::Merged { into, .. } => Some(into),
            _ => None,
        })
    }

    /// Whether that command was the last thing that happened to the case.
    pub fn ends_with(&self, command: &str) -> bool {
        let last = self.events.last();
        last.and_then(|event| event.command.as_deref()) == Some(command)
    }

    /// The ids of the commands in the history, by which a caller's own earlier try is recognized.
    pub fn commands(&self) -> impl Iterator<Item = &str> {
        self.events
            .iter()
            .filter_map(|event| event.command.as_deref())
    }
}

impl CaseTable {
    /// The case page: head, all events and photos, in one strongly consistent query per MB.
    ///
    /// # Errors
    /// See [`StoreError`]. A case that is not there is `None`.
    pub async fn page(
        &self,
        tenant: &DistrictId,
        id: CaseId,
    ) -> Result<Option<CasePage>, StoreError> {
        let mut pages = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", s(keys::case(tenant, id)))
            .consistent_read(true)
            .into_paginator()
            .items()
            .send();
        let mut head = None;
        let mut first_text = None;
        let mut events = Vec::new();
        let mut photos = Vec::new();
        while let Some(item) = pages.next().await {
            let item = item.map_err(StoreError::from_sdk)?;
            match sort_key(&item)? {
                keys::HEAD => head = Some(item::read(item)?.0),
                key if key.starts_with(keys::EVENT) => match event::read(item)? {
                    Event {
                        number: 0,
                        kind: EventKind::Received { text },
                        ..
                    } => first_text = Some(text),
                    event => events.push(event),
                },
                key if key.starts_with(keys::PHOTO) => photos.push(photo::read(item)?),
                _ => {}
            }
        }
        // Keys order numbers of two digits only.
        photos.sort_unstable_by_key(|photo: &Photo| photo.number);
        Ok(head.map(|case| CasePage {
            case,
            moved_text: first_text,
            events,
            photos,
            parts: None,
        }))
    }

    /// The head alone, strongly consistent.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn head(&self, tenant: &DistrictId, id: CaseId) -> Result<Option<Case>, StoreError> {
        let item = self
            .get(keys::case(tenant, id), keys::HEAD.to_owned())
            .await?;
        item.map(|item| Ok(item::read(item)?.0)).transpose()
    }

    /// The heads of at most 100 cases, those that are there, in no order; a moment old.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn heads(
        &self,
        tenant: &DistrictId,
        ids: &[CaseId],
    ) -> Result<Vec<Case>, StoreError> {
        self.batch(tenant, ids, false).await
    }

    /// The parts into which a case was split, in no order; strongly consistent.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn parts(&self, whole: &Case) -> Result<Vec<Case>, StoreError> {
        self.batch(&whole.tenant, &whole.children, true).await
    }

    async fn batch(
        &self,
        tenant: &DistrictId,
        ids: &[CaseId],
        consistent: bool,
    ) -> Result<Vec<Case>, StoreError> {
        let key = |id: &CaseId| {
            HashMap::from([
                ("pk".to_owned(), s(keys::case(tenant, *id))),
                ("sk".to_owned(), s(keys::HEAD)),
            ])
        };
        let mut left: Vec<_> = ids.iter().map(key).collect();
        let mut heads = Vec::with_capacity(ids.len());
        // A batch may be answered in part: what is left is asked for again.
        for pause in BATCH_PAUSES {
            if left.is_empty() {
                break;
            }
            tokio::time::sleep(pause).await;
            let wanted = KeysAndAttributes::builder()
                .set_keys(Some(left))
                .consistent_read(consistent)
                .build()
                .map_err(StoreError::malformed)?;
            let asked = self
                .client
                .batch_get_item()
                .request_items(&self.table, wanted)
                .send()
                .await;
            let answer = asked.map_err(StoreError::from_sdk)?;
            let found = answer.responses.unwrap_or_default().remove(&self.table);
            for item in found.into_iter().flatten() {
                heads.push(item::read(item)?.0);
            }
            let unread = answer.unprocessed_keys.unwrap_or_default();
            left = unread.into_values().flat_map(|keys| keys.keys).collect();
        }
        if left.is_empty() {
            Ok(heads)
        } else {
            Err(StoreError::unanswered("keys of a batch"))
        }
    }

    /// One event of a case.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn event(
        &self,
        tenant: &DistrictId,
        id: CaseId,
        number: u32,
    ) -> Result<Option<Event>, StoreError> {
        self.get(keys::case(tenant, id), keys::event(number))
            .await?
            .map(event::read)
            .transpose()
    }

    /// Saves a change: head and event in one transaction with the parts that end with the case, or nothing.
    ///
    /// The head is updated by what differs, so that what was received is never written again, and only if nobody wrote
    /// since (`r` unchanged) and it is still counted by the same calendar.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else wrote first.
    pub async fn save(&self, change: &Change, rules: &Rulebook) -> Result<(), StoreError> {
        let mut writes = self.writes(change, rules)?;
        for ended in &change.ended {
            writes.extend(self.writes(ended, rules)?);
        }
        if let Some((id, rev)) = change.requires_unchanged {
            writes.push(self.unchanged(&change.before.tenant, id, rev)?);
        }
        for case in &change.opened {
            let identity = Identity::of_part(&change.after, case);
            let head = item::write(case, identity, rules, change.event.at)?;
            writes.push(put_item(
                self.put(head)
                    .condition_expression("attribute_not_exists(pk)"),
            )?);
        }
        let sent = self
            .client
            .transact_write_items()
            .set_transact_items(Some(writes))
            .send()
            .await;
        sent.map(|_| ()).map_err(StoreError::from_transaction)
    }

    /// The writes of one case's change: its head by what differs, the event, and the rows that follow.
    fn writes(
        &self,
        change: &Change,
        rules: &Rulebook,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let now = change.event.at;
        let mut after = change.after.clone();
        let mut writes = Vec::new();
        // Every write pays for the whole head: the first one moves long words out of it.
        if let Text::Here(text) = &change.before.report.text
            && item::is_long(text)
        {
            let (first_words, _) = item::split(&change.before.report.text);
            after.report.text = Text::InFirstEvent(first_words.to_owned());
            writes.push(put_item(self.put(event::write(
                &change.before,
                &received(&change.before, text),
            )?))?);
        }
        let old = item::write(&change.before, ANY_IDENTITY, rules, now)?;
        let new = item::write(&after, ANY_IDENTITY, rules, now)?;
        let event = event::write(&change.after, &change.event)?;
        writes.push(self.update(&old, &new, &change.before)?);
        writes.push(put_item(
            self.put(event)
                .condition_expression("attribute_not_exists(pk)"),
        )?);
        writes.extend(self.row_writes(change, rules)?);
        Ok(writes)
    }

    /// Moves a case out of the past in the `due` index when nothing was due after all: a promise or a calendar was
    /// changed since the moment was stored. Does nothing when the index was only behind the table.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn reschedule(
        &self,
        case: &Case,
        rules: &Rulebook,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", s(keys::case(&case.tenant, case.id)))
            .key("sk", s(keys::HEAD))
            .condition_expression(format!("{UNTOUCHED} AND dn <= :now"))
            .expression_attribute_values(":r", n(case.rev))
            .expression_attribute_values(":cv", n(case.calendar))
            .expression_attribute_values(":now", n(now.as_millisecond()));
        let update = match case.next_at(rules) {
            Some(next) => update
                .update_expression("SET dn = :next")
                .expression_attribute_values(":next", n(next.as_millisecond())),
            None => update.update_expression("REMOVE dp, dn"),
        };
        match update.send().await.map_err(StoreError::from_sdk) {
            Ok(_) | Err(StoreError::Conflict) => Ok(()),
            Err(err) => Err(err),
        }
    }

    /// That nobody has written to another case since it was read.
    fn unchanged(
        &self,
        tenant: &DistrictId,
        id: CaseId,
        rev: u32,
    ) -> Result<TransactWriteItem, StoreError> {
        let check = ConditionCheck::builder()
            .table_name(&self.table)
            .key("pk", s(keys::case(tenant, id)))
            .key("sk", s(keys::HEAD))
            .condition_expression("r = :r")
            .expression_attribute_values(":r", n(rev))
            .build()
            .map_err(StoreError::malformed)?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }

    /// One update that turns the stored `old` into `new`.
    fn update(
        &self,
        old: &Item,
        new: &Item,
        before: &Case,
    ) -> Result<TransactWriteItem, StoreError> {
        let mut names = HashMap::new();
        let mut values = HashMap::from([
            (":r".to_owned(), n(before.rev)),
            (":cv".to_owned(), n(before.calendar)),
        ]);
        let (mut set, mut remove) = (Vec::new(), Vec::new());
        let mut attributes: Vec<&String> = old.keys().chain(new.keys()).collect();
        attributes.sort_unstable();
        attributes.dedup();
        for (i, name) in attributes
            .into_iter()
            // The place in the queue is always written: that of a case whose community moved meanwhile may be the old one,
            // by these rules or by those that the case was stored under. The same value costs nothing. A case that has
            // ended stays in the month in which it ended.
            .filter(|name| {
                (*name == "qp" && before.state.is_open()) || old.get(*name) != new.get(*name)
            })
            .enumerate()
        {
            names.insert(format!("#{i}"), name.clone());
            if let Some(value) = new.get(name) {
                values.insert(format!(":{i}"), value.clone());
                set.push(format!("#{i} = :{i}"));
            } else {
                remove.push(format!("#{i}"));
            }
        }
        let mut expression = format!("SET {}", set.join(", "));
        if !remove.is_empty() {
            expression = format!("{expression} REMOVE {}", remove.join(", "));
        }
        let key = |name: &str| new.get(name).cloned().unwrap_or_else(|| s(""));
        let update = Update::builder()
            .table_name(&self.table)
            .key("pk", key("pk"))
            .key("sk", key("sk"))
            .update_expression(expression)
            .condition_expression(UNTOUCHED)
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(Some(values))
            .build()
            .map_err(StoreError::malformed)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}

fn received(case: &Case, text: &str) -> Event {
    let author = case
        .report
        .on_behalf_by
        .clone()
        .map_or(Author::Resident, |id| Author::Staff {
            id,
            unit: case.report.place.community.clone(),
        });
    let kind = EventKind::Received {
        text: text.to_owned(),
    };
    Event {
        number: 0,
        at: case.report.at,
        author,
        command: None,
        kind,
    }
}
