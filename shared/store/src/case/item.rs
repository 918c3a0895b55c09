//! The head of a case as an item.
//!
//! Attribute names are short because they are paid for: an accepted report of about 200 Chinese characters must stay
//! within 1,024 B, so that it costs 3 write units. docs/access-patterns.md spells every name out.

mod codec;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};

use zhitiao_domain::case::cooperation::{CoHandler, Visit};
use zhitiao_domain::case::listing::Listing;
use zhitiao_domain::case::promise::Tier;
use zhitiao_domain::case::proposal::Proposal;
use zhitiao_domain::case::report::{Channel, Consents, NoticeVersion, Place, Report, Text};
use zhitiao_domain::case::state::{Outcome, State};
use zhitiao_domain::case::supervision::Supervision;
use zhitiao_domain::case::timers::Timers;
use zhitiao_domain::case::{Assignment, Case};
use zhitiao_domain::kernel::deadline::ClockSpec;
use zhitiao_domain::kernel::ids::{CaseId, CategoryId, DistrictId, StaffId, UnitId};
use zhitiao_domain::kernel::place::PlaceCode;

use crate::case::queue::stored_promise;
use crate::error::StoreError;
use crate::item::{Item, from_item, moment, to_item};
use crate::keys;
use crate::partition::Partition;

use codec::{
    grant_text, hold_text, point_text, read_grant, read_hold, read_point, read_timer, timer_text,
};

/// Characters of the text that stand in `s`, which the queue and the board project; the rest stands in `t`.
const SNIPPET_CHARS: usize = 24;

/// Bytes of text beyond which the first command moves it into event 0. Every later write pays for the whole head, whose
/// other attributes need up to 600 B once the case is assigned: within 1,024 B a command or a reminder saves two units.
const TEXT_BYTES_IN_HEAD: usize = 384;

/// The head as stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CaseItem {
    pk: String,
    sk: String,
    /// Identity hash, 32 B.
    h: ByteBuf,
    /// Fingerprint of the body, 16 B.
    f: ByteBuf,
    /// The first characters of the text.
    s: String,
    /// The rest of the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    t: Option<String>,
    /// Set when the text was moved into event 0.
    #[serde(default, skip_serializing_if = "is_false")]
    tm: bool,
    /// Queue partition and, as its sort key, the time of receipt in ms.
    qp: String,
    qs: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dp: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dn: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bp: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bs: Option<i64>,
    st: State,
    cm: UnitId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ca: Option<CategoryId>,
    ti: Tier,
    /// Promises version.
    pv: u32,
    /// Calendar version.
    cv: u32,
    /// Version of the key that signed the tracking token.
    tv: u32,
    ch: Channel,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ob: Option<StaffId>,
    /// Consents and contact, one bit each.
    co: u8,
    /// The privacy notice that the reporter had before them, 8 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nv: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ad: Option<String>,
    /// `latitude,longitude`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pt: Option<String>,
    /// The code that was scanned at the place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pc: Option<PlaceCode>,
    /// `angle:type:bytes` per photo.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ph: Vec<String>,
    /// Assigned unit, person, time in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    un: Option<UnitId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pe: Option<StaffId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ua: Option<i64>,
    #[serde(default, skip_serializing_if = "is_zero")]
    dc: u8,
    #[serde(default, skip_serializing_if = "is_zero")]
    ro: u8,
    /// What the work came to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    oc: Option<Outcome>,
    /// `involved`: units that had the case.
    #[serde(default, skip_serializing_if = "Vec::is_empty", rename = "in")]
    involved: Vec<UnitId>,
    /// Clocks, see [`timer_text`].
    k: Vec<String>,
    /// Holds, see [`hold_text`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ho: Vec<String>,
    /// Hard to place.
    #[serde(default, skip_serializing_if = "is_false")]
    hd: bool,
    /// Extensions granted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ex: Vec<ClockSpec>,
    /// Proposals that wait.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pr: Vec<Proposal>,
    /// Order of supervision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sv: Option<Supervision>,
    /// Helping units.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    cw: Vec<CoHandler>,
    /// The case that this one is a part of, and the parts of this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pa: Option<CaseId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    cd: Vec<CaseId>,
    /// Visit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    vi: Option<Visit>,
    /// Resolve due, see [`stored_promise`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    du: Option<i64>,
    v: u32,
    r: u32,
    /// When the latest event happened, seconds; at first the receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    la: Option<i64>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_false(flag: &bool) -> bool {
    !*flag
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_zero(number: &u8) -> bool {
    *number == 0
}

const PUBLISH: u8 = 1;
const PHOTO_LOCATION: u8 = 2;
const CONTACT: u8 = 4;

/// The hash and the fingerprint by which a repeated submission is recognized.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) hash: [u8; 32],
    pub(crate) fingerprint: [u8; 16],
}

impl Identity {
    /// The identity of a case that is a part of another: no reporter sends it, so nothing is compared with it.
    pub(crate) fn of_part(whole: &Case, part: &Case) -> Self {
        let hash = Sha256::digest(format!(
            "{}#{}",
            Partition::Case(whole.district.clone(), whole.id),
            part.id
        ));
        let hash: [u8; 32] = hash.into();
        let mut fingerprint = [0; 16];
        fingerprint.copy_from_slice(&hash[16..]);
        Self { hash, fingerprint }
    }
}

/// The id of part `number` that a command opens: the same for every repetition of the command.
///
/// What the public knows of a case does not tell it: the id of a command is made of the caller's idempotency key and of
/// who asked for what.
pub fn part_id(whole: &Case, command_id: &str, number: usize) -> CaseId {
    let place = Partition::Case(whole.district.clone(), whole.id);
    CaseId::from_hash(&Sha256::digest(format!("{place}#{command_id}#{number}")).into())
}

/// How the case stands in the table now: what [`CaseTable`](crate::CaseTable) compares and writes. `now` decides the
/// month of a case that has ended.
pub(crate) fn write(
    case: &Case,
    identity: Identity,
    listing: &Listing,
    now: Timestamp,
) -> Result<Item, StoreError> {
    let report = &case.report;
    let received = report.at.as_millisecond();
    let next = listing.next_at.map(Timestamp::as_millisecond);
    let (snippet, rest) = split(&report.text);
    let with = case.assignment.as_ref();
    to_item(&CaseItem {
        pk: Partition::Case(case.district.clone(), case.id).to_string(),
        sk: keys::HEAD.to_owned(),
        h: ByteBuf::from(identity.hash),
        f: ByteBuf::from(identity.fingerprint),
        s: snippet.to_owned(),
        t: (!rest.is_empty()).then(|| rest.to_owned()),
        tm: matches!(report.text, Text::InFirstEvent(_)),
        qp: queue_partition(case, &listing.subdistrict, now),
        qs: received,
        dp: next.map(|_| keys::due_shard(case.id.as_str())),
        dn: next,
        bp: case.published.then(|| board_partition(case)),
        bs: case.published.then_some(received),
        st: case.state,
        cm: report.place.community.clone(),
        ca: case.category.clone(),
        ti: case.tier,
        pv: case.promises,
        cv: case.calendar,
        tv: case.token_version,
        ch: report.channel,
        ob: report.on_behalf_by.clone(),
        co: bits(report),
        nv: report.consents.notice.map(|notice| notice.to_string()),
        ad: report.place.address.clone(),
        pt: report.place.point.map(point_text),
        pc: report.place.code,
        ph: report.photos.iter().copied().map(grant_text).collect(),
        un: with.map(|with| with.unit.clone()),
        pe: with.and_then(|with| with.person.clone()),
        ua: with.map(|with| with.at.as_millisecond()),
        dc: case.dispatches,
        ro: case.reopened,
        oc: case.outcome,
        involved: case.involved.clone(),
        k: clock_texts(case),
        ho: case.holds.iter().map(hold_text).collect(),
        hd: case.hard,
        ex: case.extensions.clone(),
        pr: case.proposals.clone(),
        sv: case.supervision.clone(),
        cw: case.co_handlers.clone(),
        pa: case.parent,
        cd: case.children.clone(),
        vi: case.visit,
        du: stored_promise(case.promise()),
        v: case.version,
        r: case.rev,
        la: (case.rev > 0).then(|| case.changed_at.as_second()),
    })
}

fn queue_partition(case: &Case, subdistrict: &UnitId, now: Timestamp) -> String {
    if case.state.is_open() {
        keys::open_queue(&case.district, subdistrict)
    } else {
        keys::done_queue(&case.district, subdistrict, now)
    }
}

fn board_partition(case: &Case) -> String {
    let month = keys::month(case.report.at);
    keys::board(&case.district, &case.report.place.community, &month)
}

fn clock_texts(case: &Case) -> Vec<String> {
    let clocks = case.timers.iter();
    clocks
        .map(|timer| timer_text(timer, case.report.at))
        .collect()
}

/// The clocks of a case as its head holds them, the attribute `k`.
pub(crate) fn clocks(case: &Case) -> Result<AttributeValue, StoreError> {
    serde_dynamo::to_attribute_value(clock_texts(case)).map_err(StoreError::malformed)
}

/// Consents and contact, one bit each.
fn bits(report: &Report) -> u8 {
    let flags = [
        (PUBLISH, report.consents.publish),
        (PHOTO_LOCATION, report.consents.photo_location),
        (CONTACT, report.has_contact),
    ];
    let set = flags.into_iter().filter(|(_, is_set)| *is_set);
    set.fold(0, |bits, (bit, _)| bits | bit)
}

/// The case to whose partition a key belongs.
pub(crate) fn case_of(pk: &str) -> Result<(DistrictId, CaseId), StoreError> {
    match Partition::parse(pk).map_err(StoreError::malformed)? {
        Partition::Case(district, id) => Ok((district, id)),
        _ => Err(StoreError::malformed(format!("no key of a case: {pk}"))),
    }
}

/// Reads a head back, with its identity.
pub(crate) fn read(item: Item) -> Result<(Case, Identity), StoreError> {
    let mut item: CaseItem = from_item(item)?;
    let (district, id) = case_of(&item.pk)?;
    let (identity, report) = (item.identity()?, item.report()?);
    let assignment = item.assignment()?;
    let timers = item.k.iter().map(|text| read_timer(text, report.at));
    let timers = timers.collect::<Result<_, _>>()?;
    let holds = item.ho.iter().map(|text| read_hold(text));
    let changed_at = item.la.unwrap_or(report.at.as_second());
    let case = Case {
        district,
        id,
        report,
        token_version: item.tv,
        state: item.st,
        category: item.ca,
        tier: item.ti,
        promises: item.pv,
        calendar: item.cv,
        assignment,
        dispatches: item.dc,
        involved: item.involved,
        reopened: item.ro,
        outcome: item.oc,
        published: item.bp.is_some(),
        timers: Timers::from_stored(timers),
        holds: holds.collect::<Result<_, _>>()?,
        hard: item.hd,
        extensions: item.ex,
        proposals: item.pr,
        supervision: item.sv,
        co_handlers: item.cw,
        parent: item.pa,
        children: item.cd,
        visit: item.vi,
        version: item.v,
        rev: item.r,
        changed_at: Timestamp::from_second(changed_at).map_err(StoreError::malformed)?,
    };
    Ok((case, identity))
}

impl CaseItem {
    fn identity(&self) -> Result<Identity, StoreError> {
        Ok(Identity {
            hash: self
                .h
                .as_slice()
                .try_into()
                .map_err(StoreError::malformed)?,
            fingerprint: self
                .f
                .as_slice()
                .try_into()
                .map_err(StoreError::malformed)?,
        })
    }

    /// Takes the report out of the item.
    fn report(&mut self) -> Result<Report, StoreError> {
        let first_words = std::mem::take(&mut self.s);
        let photos = self.ph.iter().map(|text| read_grant(text));
        let notice = self.nv.as_deref().map(NoticeVersion::parse);
        Ok(Report {
            at: moment(self.qs)?,
            channel: self.ch,
            text: if self.tm {
                Text::InFirstEvent(first_words)
            } else {
                Text::Here(first_words + self.t.as_deref().unwrap_or_default())
            },
            photos: photos.collect::<Result<_, _>>()?,
            place: Place {
                community: self.cm.clone(),
                address: self.ad.take(),
                point: self.pt.as_deref().map(read_point).transpose()?,
                code: self.pc,
            },
            consents: Consents {
                publish: self.co & PUBLISH != 0,
                photo_location: self.co & PHOTO_LOCATION != 0,
                notice: notice.transpose().map_err(StoreError::malformed)?,
            },
            has_contact: self.co & CONTACT != 0,
            on_behalf_by: self.ob.take(),
        })
    }

    /// Takes the assignment out of the item.
    fn assignment(&mut self) -> Result<Option<Assignment>, StoreError> {
        let (Some(unit), Some(since)) = (self.un.take(), self.ua) else {
            return Ok(None);
        };
        Ok(Some(Assignment {
            unit,
            person: self.pe.take(),
            at: moment(since)?,
        }))
    }
}

/// The first characters of the words, and those of the rest that the head carries.
pub(crate) fn split(words: &Text) -> (&str, &str) {
    let text = words.in_head();
    let cut = text.char_indices().nth(SNIPPET_CHARS);
    text.split_at(cut.map_or(text.len(), |(at, _)| at))
}

/// Whether the text is too long to be carried by every write.
pub(crate) fn is_long(text: &str) -> bool {
    text.len() > TEXT_BYTES_IN_HEAD
}
