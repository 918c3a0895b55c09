//! Cases: read by one query, changed by one transaction.

use jiff::Timestamp;

use zhitiao_domain::case::listing::Listing;
use zhitiao_domain::case::photo::Photo;
use zhitiao_domain::case::publication::{self, Publication};
use zhitiao_domain::case::report::{PhotoGrant, Text};
use zhitiao_domain::case::{Author, Case, Change, Event, EventKind};
use zhitiao_domain::kernel::ids::{CaseId, DistrictId};

use crate::case::item::{self, Identity};
use crate::case::{CaseTable, photo, queue_entries};
use crate::change::{Stored, difference};
use crate::error::StoreError;
use crate::event;
use crate::item::{Item, n};
use crate::keys;
use crate::partition::Partition;
use crate::table::sort_key;
use crate::write::{Key, Write};

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
        let corrected = self
            .events
            .iter()
            .rev()
            .find_map(|event| match &event.kind {
                EventKind::Corrected { text } => Some(text),
                _ => None,
            });
        if let Some(text) = corrected {
            return text;
        }
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
            let opened = change.opened.into_iter();
            self.parts = Some(opened.map(|(part, _)| part).collect());
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
        district: &DistrictId,
        id: CaseId,
    ) -> Result<Option<CasePage>, StoreError> {
        let partition = Partition::Case(district.clone(), id);
        let items = self.table.partition(&partition).consistent().all().await?;
        let mut head = None;
        let mut first_text = None;
        let mut events = Vec::new();
        let mut photos = Vec::new();
        for item in items {
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
    pub async fn head(
        &self,
        district: &DistrictId,
        id: CaseId,
    ) -> Result<Option<Case>, StoreError> {
        let item = self.table.get(head_key(district, id)).await?;
        item.map(|item| Ok(item::read(item)?.0)).transpose()
    }

    /// The heads of at most 100 cases, those that are there, in no order; a moment old.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn heads(
        &self,
        district: &DistrictId,
        ids: &[CaseId],
    ) -> Result<Vec<Case>, StoreError> {
        self.batch(district, ids, false).await
    }

    /// The parts into which a case was split, in no order; strongly consistent.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn parts(&self, whole: &Case) -> Result<Vec<Case>, StoreError> {
        self.batch(&whole.district, &whole.children, true).await
    }

    async fn batch(
        &self,
        district: &DistrictId,
        ids: &[CaseId],
        consistent: bool,
    ) -> Result<Vec<Case>, StoreError> {
        let keys = ids.iter().map(|id| head_key(district, *id));
        let heads = self.table.get_all(keys, consistent).await?.into_iter();
        heads.map(|head| Ok(item::read(head)?.0)).collect()
    }

    /// One event of a case.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn event(
        &self,
        district: &DistrictId,
        id: CaseId,
        number: u32,
    ) -> Result<Option<Event>, StoreError> {
        let key = Key::new(&Partition::Case(district.clone(), id), keys::event(number));
        self.table.get(key).await?.map(event::read).transpose()
    }

    /// Saves a change: head and event in one transaction with the parts that end with the case, or nothing.
    ///
    /// The head is updated by what differs, so that what was received is never written again, and only if it is
    /// unchanged (`r`) and still counted by the same calendar.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another writer was first.
    pub async fn save(&self, change: &Change) -> Result<(), StoreError> {
        self.table.save(change, Vec::new()).await
    }

    /// Moves a case out of the past in the `due` index when nothing was due after all: a promise or a calendar was
    /// changed since the moment was stored. Does nothing when the index was only behind the table.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn reschedule(
        &self,
        case: &Case,
        next_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let head = head_key(&case.district, case.id);
        let update = match next_at {
            Some(next) => {
                Write::update(head, "SET dn = :next").value(":next", n(next.as_millisecond()))
            }
            None => Write::update(head, "REMOVE dp, dn"),
        };
        let update = untouched(update, case, " AND dn <= :now");
        let update = update.value(":now", n(now.as_millisecond()));
        self.table.write_if(update).await.map(|_| ())
    }
}

/// The key of a case's head.
pub(crate) fn head_key(district: &DistrictId, id: CaseId) -> Key {
    Key::new(&Partition::Case(district.clone(), id), keys::HEAD)
}

/// The write under the condition that the case is unchanged since it was read, and no other calendar counts its
/// moments.
pub(crate) fn untouched(write: Write, read: &Case, and: &str) -> Write {
    write
        .when(format!("r = :r AND cv = :cv{and}"))
        .value(":r", n(read.rev))
        .value(":cv", n(read.calendar))
}

impl Stored for Case {
    fn partition(&self) -> Partition {
        self.partition_of(&self.id)
    }

    fn partition_of(&self, id: &CaseId) -> Partition {
        Partition::Case(self.district.clone(), *id)
    }

    fn rev(&self) -> u32 {
        self.rev
    }

    fn item(&self, listing: &Listing, at: Timestamp) -> Result<Item, StoreError> {
        item::write(self, ANY_IDENTITY, listing, at)
    }

    fn opened(&self, listing: &Listing, change: &Change) -> Result<Item, StoreError> {
        let identity = Identity::of_part(&change.after, self);
        item::write(self, identity, listing, change.event.at)
    }

    fn head(change: &Change) -> Result<Vec<Write>, StoreError> {
        let (before, now) = (&change.before, change.event.at);
        let (listing_before, listing_after) = &change.listing;
        let mut after = change.after.clone();
        let mut writes = Vec::new();
        let is_corrected = matches!(change.event.kind, EventKind::Corrected { .. });
        // Every write pays for the whole head: the first one moves long words out of it. A correction leaves the first
        // words in event 0 and has its own.
        if let Text::Here(text) = &before.report.text
            && (item::is_long(text) || is_corrected)
        {
            let receipt = event::write(&before.partition(), &received(before, text))?;
            writes.push(Write::put(receipt));
        }
        if is_corrected || !writes.is_empty() {
            let (first_words, _) = item::split(&after.report.text);
            after.report.text = Text::InFirstEvent(first_words.to_owned());
        }
        let (old, new) = (
            before.item(listing_before, now)?,
            after.item(listing_after, now)?,
        );
        // The place in the queue is always written: that of a case whose community moved meanwhile may be the old one,
        // by these rules or by those that the case was stored under. The same value costs nothing. A case that has
        // ended stays in the month in which it ended.
        let always = before.state.is_open().then_some("qp");
        let update = difference(&old, &new, always)?;
        writes.push(untouched(update, before, ""));
        Ok(writes)
    }

    fn beside(change: &Change) -> Result<Vec<Write>, StoreError> {
        let mut writes = queue_entries::writes(change)?;
        if let EventKind::PhotosAnnounced { photos } = &change.event.kind {
            for number in photos {
                writes.push(photo::announced_by_reporter(change, *number)?);
            }
        }
        Ok(writes)
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
