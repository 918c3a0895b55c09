//! Intake: the one place where a report is accepted, by whatever channel it came.

use jiff::Timestamp;
use zhitiao_domain::case::Case;
use zhitiao_domain::case::late_entry::LateEntry;
use zhitiao_domain::case::report::{Channel, Consents, Contact, PhotoGrant, Place, Report, Text};
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::kernel::ids::{CaseId, CategoryId, DistrictId, StaffId, UnitId};
use zhitiao_edge::Problem;
use zhitiao_photos::PhotoStore;
use zhitiao_runtime::telemetry::{Unit, about_case, metric_and_total};
use zhitiao_store::{Accepted, CaseTable, Opening, Submission};
use zhitiao_texts::Lang;
use zhitiao_views::{ReceiptView, UploadView};

use crate::tracking_token::TrackingKeys;
use crate::uploads;

/// What a resident says is wrong, checked. The channels differ only in how they read it.
#[derive(Debug, Clone)]
pub struct NewReport {
    /// What the resident wrote; empty when photos say it.
    pub text: String,
    /// Where; the community is an active one of the district.
    pub place: Place,
    /// The photos that the reporter announces.
    pub photos: Vec<PhotoGrant>,
    /// What the reporter agrees to.
    pub consents: Consents,
    /// The category that the reporter chose, one of the district.
    pub category: Option<CategoryId>,
    /// How the reporter can be reached; nothing for an anonymous report.
    pub contact: Option<Contact>,
}

/// The hashes by which a repetition of a report is told from another report under the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprints {
    /// Of what must be the same when the report comes again.
    pub repeatable: [u8; 32],
    /// Of everything, as earlier versions stored it.
    pub whole: [u8; 32],
}

/// The member of staff who enters a report for a resident.
#[derive(Debug, Clone)]
pub struct OnBehalfOf {
    /// The member of staff.
    pub by: StaffId,
    /// Set when the report came in earlier: when, and why staff did not enter it at once.
    pub late: Option<(Timestamp, String)>,
}

/// A report to be accepted, with the submission that it came in.
#[derive(Debug)]
pub struct IntakeRequest<'a> {
    /// The district.
    pub district: &'a DistrictId,
    /// The route and the caller that the key is scoped to.
    pub scope: &'a str,
    /// The caller's idempotency key.
    pub key: &'a str,
    /// The hashes of what was submitted.
    pub fingerprints: Fingerprints,
    /// The report.
    pub report: NewReport,
    /// The channel by which it came.
    pub channel: Channel,
    /// The member of staff who enters it, when it is not the reporter.
    pub on_behalf_of: Option<OnBehalfOf>,
}

/// What the reporter gets for an accepted report.
#[derive(Debug)]
pub struct Receipt {
    /// The case: new, or as it is now.
    pub case: Case,
    /// Whether this submission registered it; else it repeats an earlier one.
    pub is_new: bool,
    /// The tracking token; empty when the key that signed it was retired.
    pub token: String,
    /// One upload grant per announced photo, or the code that says why there are none.
    pub uploads: Result<Vec<UploadView>, &'static str>,
}

/// Accepts the reports of all channels.
#[derive(Debug)]
pub struct Intake {
    cases: CaseTable,
    photos: PhotoStore,
    tracking: TrackingKeys,
}

impl Intake {
    /// An intake that writes into this table, grants uploads to this store, and signs tokens by these keys.
    pub fn new(cases: CaseTable, photos: PhotoStore, tracking: TrackingKeys) -> Self {
        Self {
            cases,
            photos,
            tracking,
        }
    }

    /// Accepts a report once, however often it is submitted. A repetition gets the receipt of its case, with new upload
    /// grants while the case takes photos.
    ///
    /// # Errors
    /// 422 `idempotency_key_reused` when the key was used for another report; 503 when the table does not answer, and
    /// then the same submission is safe to repeat.
    pub async fn accept(
        &self,
        request: IntakeRequest<'_>,
        rules: &Rulebook,
        now: Timestamp,
    ) -> Result<Receipt, Problem> {
        let submission = Submission {
            district: request.district,
            scope: request.scope,
            key: request.key,
            fingerprint: request.fingerprints.repeatable,
            whole_fingerprint: request.fingerprints.whole,
            contact: request.report.contact.clone(),
        };
        let token_version = self.tracking.current_version();
        let open = |id| request.open(id, token_version, rules, now);
        let (is_new, case) = match self.cases.accept(submission, open).await? {
            Accepted::New(case) => (true, *case),
            Accepted::Replay(case) => (false, *case),
            Accepted::KeyReused => return Err(Problem::unprocessable("idempotency_key_reused")),
        };
        let photos = &request.report.photos;
        about_case(case.id);
        if is_new {
            count_accepted(case.report.channel);
        }
        let token = self.tracking.token(case.id, case.token_version);
        let uploads = match case.uploads_closed(now) {
            Some(closed) => Err(closed),
            None => Ok(uploads::grant_all(&self.photos, &case, photos).await?),
        };
        Ok(Receipt {
            is_new,
            token: token.map_or_else(String::new, |token| token.as_str().to_owned()),
            uploads,
            case,
        })
    }
}

impl IntakeRequest<'_> {
    /// The case of the report under an id.
    fn open(&self, id: CaseId, token_version: u32, rules: &Rulebook, now: Timestamp) -> Opening {
        let (report, entered) = (&self.report, self.on_behalf_of.as_ref());
        let received = Report {
            at: entered.map_or(now, |entered| entered.received_at(now)),
            channel: self.channel,
            text: Text::Here(report.text.clone()),
            place: report.place.clone(),
            photos: report.photos.clone(),
            consents: report.consents,
            has_contact: report.contact.is_some(),
            on_behalf_by: entered.map(|entered| entered.by.clone()),
        };
        let (district, category) = (self.district.clone(), report.category.clone());
        let mut case = Case::open(district, id, received, category, rules);
        case.token_version = token_version;
        let late = entered.and_then(|entered| entered.late_entry(&report.place.community, now));
        let event = late.map(|late| case.enter_late(late, rules));
        Opening {
            listing: case.listing(rules),
            case,
            event,
        }
    }
}

impl OnBehalfOf {
    fn received_at(&self, now: Timestamp) -> Timestamp {
        self.late.as_ref().map_or(now, |(at, _)| *at)
    }

    fn late_entry(&self, community: &UnitId, now: Timestamp) -> Option<LateEntry> {
        let (_, reason) = self.late.as_ref()?;
        Some(LateEntry {
            at: now,
            by: self.by.clone(),
            unit: community.clone(),
            reason: reason.clone(),
        })
    }
}

impl Receipt {
    /// The receipt as the reporter reads it.
    pub fn view(self, lang: Lang) -> ReceiptView {
        ReceiptView::new(&self.case, self.token, self.uploads, lang)
    }
}

/// Counts a new report by the channel that it came in by.
fn count_accepted(channel: Channel) {
    let channel = [("channel", channel.code())];
    metric_and_total("ReportsAccepted", 1.0, Unit::Count, &channel);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_counts_from_when_it_came_in_and_says_when_it_was_entered() {
        let now: Timestamp = "2026-11-30T01:00:00Z".parse().unwrap();
        let came_in: Timestamp = "2026-11-28T02:30:00Z".parse().unwrap();
        let community = UnitId::parse("xianggang-huayuan").unwrap();
        let mut entered = OnBehalfOf {
            by: StaffId::parse("wang.fang").unwrap(),
            late: None,
        };
        assert_eq!(entered.received_at(now), now);
        assert!(entered.late_entry(&community, now).is_none());

        entered.late = Some((came_in, "weekend".to_owned()));
        assert_eq!(entered.received_at(now), came_in);
        let late = entered.late_entry(&community, now).unwrap();
        assert_eq!((late.at, late.by, late.unit), (now, entered.by, community));
    }
}
