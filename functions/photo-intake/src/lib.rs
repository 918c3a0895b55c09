//! Photo intake: every upload is decoded with limits, turned upright, freed of metadata, stored in two sizes and
//! recorded; the original is deleted. Only what comes out of here is ever shown.
//!
//! A photo of the reporter that arrives after staff have acted on its case is an event of the case: the unit that has
//! it and the desk hear of it, and no one else sees it before the desk has looked.
//!
//! S3 tells of an upload at least once, in any order, or never: a photo's outcome is recorded once whatever comes
//! again, an upload that is gone is no fault, and a second trigger, the schedule, finds uploads that no event told of.

use std::time::{Duration, SystemTime};

use aws_lambda_events::s3::S3Event;
use jiff::SignedDuration;
use serde::Serialize;
use serde_json::Value;
use zhitiao_domain::case::Case;
use zhitiao_domain::case::photo::{Announced, FIRST_EVIDENCE, Photo, PhotoState};
use zhitiao_domain::case::report::Point;
use zhitiao_domain::kernel::ids::DistrictId;
use zhitiao_domain::kernel::limits::PHOTOS;
use zhitiao_photos::{Original, PhotoKey, PhotoStore, PhotoStoreError};
use zhitiao_pictures::{Rejection, Sanitized, sanitize};
use zhitiao_runtime::bootstrap::{self, Error};
use zhitiao_runtime::telemetry::{Unit, about_case, metric};
use zhitiao_runtime::{Clock, Env, config};
use zhitiao_store::{CaseTable, Directory, StoreError};

/// The name in logs and metrics.
pub const SERVICE: &str = "photo-intake";

config::config! {
    struct Config {
        district: DistrictId = "DISTRICT" => |env, name| env.parsed(name, DistrictId::parse),
        cases: String = "CASES_TABLE" => Env::required,
        directory: String = "DIRECTORY_TABLE" => Env::required,
        quarantine: String = "QUARANTINE_BUCKET" => Env::required,
        photos: String = "PHOTOS_BUCKET" => Env::required,
    }
    also ["LOG_LEVEL"]
}

/// The variables that this function reads.
pub const ENV: &[&str] = Config::VARS;

/// An upload so old has been told of, or never will be.
const WITHOUT_EVENT: SignedDuration = SignedDuration::from_mins(5);

/// How often a photo that is an event of its case is recorded anew when the case was written to meanwhile: all photos
/// of a report may arrive at once.
const TRIES: usize = PHOTOS + 1;

/// Time to keep back when looking for uploads without an event; the rest waits for the next tick.
const RESERVE: Duration = Duration::from_secs(10);

/// What the intake needs.
#[derive(Debug)]
pub struct PhotoIntake {
    district: DistrictId,
    cases: CaseTable,
    photos: PhotoStore,
    clock: Clock,
}

/// What one invocation did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Photos stored.
    pub ready: u32,
    /// Photos refused.
    pub rejected: u32,
    /// Uploads for which nothing was left to do.
    pub skipped: u32,
    /// Uploads that failed and will be tried again.
    pub failed: u32,
}

/// What could not be reached.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The table.
    #[error(transparent)]
    Table(#[from] StoreError),
    /// The buckets.
    #[error(transparent)]
    Bucket(#[from] PhotoStoreError),
    /// The event is neither S3's nor the schedule's.
    #[error("the event is not understood")]
    Event(#[from] serde_json::Error),
    /// Some uploads failed for now; the event must come again.
    #[error("{0} uploads failed for now")]
    Again(u32),
}

impl PhotoIntake {
    /// Opens the tables and the buckets.
    ///
    /// # Errors
    /// When the configuration is incomplete, or the stored data is newer than this code.
    pub async fn open(env: Env) -> Result<Self, Error> {
        let clock = Clock::of(&env);
        let config = Config::read(env)?;
        let aws = bootstrap::aws_config().await;
        let directory = Directory::new(&aws, config.directory);
        directory.require_known_data(&config.district).await?;
        let photos = PhotoStore::new(&aws, Some(config.quarantine), Some(config.photos));
        Ok(Self {
            district: config.district,
            cases: CaseTable::new(&aws, config.cases),
            photos,
            clock,
        })
    }

    /// Handles S3's event, or looks for uploads without one when the schedule asks.
    ///
    /// # Errors
    /// When an upload failed for a reason that may pass: the event comes again then.
    pub async fn run(&self, event: Value, deadline: SystemTime) -> Result<Tally, IntakeError> {
        let tally = if event.get("Records").is_some() {
            self.handle_s3_event(serde_json::from_value(event)?).await
        } else {
            self.sweep_orphans(deadline).await?
        };
        report(tally);
        if tally.failed > 0 {
            Err(IntakeError::Again(tally.failed))
        } else {
            Ok(tally)
        }
    }

    async fn handle_s3_event(&self, event: S3Event) -> Tally {
        let mut tally = Tally::default();
        for record in event.records {
            // S3 escapes keys; ours have only characters that need none, so the raw key is as good.
            match PhotoKey::parse(record.s3.object.key.as_deref().unwrap_or_default()) {
                Ok(key) => self.count(&key, &mut tally).await,
                Err(error) => {
                    tracing::warn!(%error, "an upload under a key that is none of ours");
                    tally.skipped += 1;
                }
            }
        }
        tally
    }

    async fn sweep_orphans(&self, deadline: SystemTime) -> Result<Tally, IntakeError> {
        let mut tally = Tally::default();
        let before = self.clock.now() - WITHOUT_EVENT;
        let mut from = None;
        let mut waiting = 0_u32;
        loop {
            let page = self.photos.waiting(&self.district, before, from).await?;
            for key in page.keys {
                waiting += 1;
                self.count(&key, &mut tally).await;
            }
            from = page.next;
            if from.is_none() || bootstrap::is_nearly_over(deadline, RESERVE) {
                // Zero too: an alarm must see that nothing waits any more.
                metric("PhotosWaiting", f64::from(waiting), Unit::Count, &[]);
                return Ok(tally);
            }
        }
    }

    /// One upload. A failure stays with it: its neighbors go on.
    async fn count(&self, key: &PhotoKey, tally: &mut Tally) {
        about_case(key.case_id);
        match self.process(key).await {
            Ok(Some(PhotoState::Ready { .. })) => tally.ready += 1,
            Ok(Some(_)) => tally.rejected += 1,
            Ok(None) => tally.skipped += 1,
            Err(error) => {
                tracing::error!(case_id = %key.case_id, photo = key.n, %error, "upload failed");
                tally.failed += 1;
            }
        }
    }

    /// Takes one upload in; says what became of it, or nothing when there was nothing to do.
    ///
    /// The order survives a kill at any point: pictures, then the record, then the original's end.
    async fn process(&self, key: &PhotoKey) -> Result<Option<PhotoState>, IntakeError> {
        let recorded = self.cases.photo(&key.district, key.case_id, key.n).await?;
        if !may_still_arrive(key, recorded.as_ref()) {
            self.photos.delete_original(key).await?;
            return Ok(None);
        }
        // How long the file is was signed with the permission: S3 takes no other.
        let checked = match self.photos.original(key).await? {
            Original::Gone => return Ok(None),
            Original::TooLarge { .. } => Err("too_many_bytes"),
            Original::Bytes(bytes) => {
                sanitize(&bytes).map_err(|rejection: Rejection| rejection.code())
            }
        };
        let announced = recorded.and_then(|photo| photo.announced);
        let state = match key.n {
            FIRST_EVIDENCE.. => self.process_evidence(key, announced, checked).await?,
            _ => self.process_report_photo(key, checked).await?,
        };
        self.photos.delete_original(key).await?;
        Ok(state)
    }

    /// Staff photograph at work: where that was belongs to the evidence.
    async fn process_evidence(
        &self,
        key: &PhotoKey,
        announced: Option<Announced>,
        checked: Result<Sanitized, &'static str>,
    ) -> Result<Option<PhotoState>, IntakeError> {
        let photo = Photo {
            announced,
            ..self.photo(key, &checked, true)
        };
        if let Ok(sanitized) = &checked {
            self.photos.put_renditions(key, sanitized).await?;
        }
        self.cases
            .record_photo(&key.district, key.case_id, &photo)
            .await?;
        Ok(Some(photo.state))
    }

    /// The case is read after the check, as late as possible: what staff have done by then decides whether the photo is
    /// an event that others must hear of.
    async fn process_report_photo(
        &self,
        key: &PhotoKey,
        checked: Result<Sanitized, &'static str>,
    ) -> Result<Option<PhotoState>, IntakeError> {
        let mut is_stored = false;
        for _ in 0..TRIES {
            let case = self.cases.head(&key.district, key.case_id).await?;
            let known = |case: &Case| usize::from(key.n) < case.report.photos.len();
            let Some(case) = case.filter(known) else {
                return Ok(None);
            };
            if let (Ok(sanitized), false) = (&checked, is_stored) {
                self.photos.put_renditions(key, sanitized).await?;
                is_stored = true;
            }
            let photo = self.photo(key, &checked, case.report.consents.photo_location);
            let event = case.photo_arrived(key.n, photo.at);
            match event.filter(|_| photo.is_ready()) {
                None => {
                    self.cases
                        .record_photo(&key.district, key.case_id, &photo)
                        .await?;
                }
                Some(event) => match self.cases.record_arrival(&case, &photo, &event).await {
                    // Another writer changed the case meanwhile. Where the same upload was announced twice, the photo
                    // is ready by now.
                    Err(StoreError::Conflict) if !self.is_ready(key).await? => continue,
                    Ok(()) | Err(StoreError::Conflict) => {}
                    Err(failure) => return Err(failure.into()),
                },
            }
            return Ok(Some(photo.state));
        }
        Err(StoreError::Conflict.into())
    }

    async fn is_ready(&self, key: &PhotoKey) -> Result<bool, StoreError> {
        let recorded = self.cases.photo(&key.district, key.case_id, key.n).await?;
        Ok(recorded.is_some_and(|photo| photo.is_ready()))
    }

    fn photo(
        &self,
        key: &PhotoKey,
        checked: &Result<Sanitized, &'static str>,
        keep_point: bool,
    ) -> Photo {
        let state = match checked {
            Ok(sanitized) => ready(sanitized, keep_point),
            Err(reason) => PhotoState::Rejected {
                reason: (*reason).to_owned(),
            },
        };
        Photo {
            number: key.n,
            state,
            at: self.clock.now(),
            announced: None,
        }
    }
}

/// Whether the upload is still expected: a photo that was refused may be sent again, one that can be seen stays as it
/// is, and evidence must have been announced.
fn may_still_arrive(key: &PhotoKey, recorded: Option<&Photo>) -> bool {
    match recorded {
        Some(photo) => !photo.is_ready(),
        None => key.n < FIRST_EVIDENCE,
    }
}

fn ready(sanitized: &Sanitized, keep_point: bool) -> PhotoState {
    let point = sanitized.point.filter(|_| keep_point);
    PhotoState::Ready {
        width: sanitized.large.width,
        height: sanitized.large.height,
        point: point.map(|point| Point {
            latitude: point.lat,
            longitude: point.lon,
        }),
    }
}

fn report(tally: Tally) {
    for (name, value) in [
        ("PhotosReady", tally.ready),
        ("PhotosRejected", tally.rejected),
        ("PhotosFailed", tally.failed),
    ] {
        if value > 0 {
            metric(name, f64::from(value), Unit::Count, &[]);
        }
    }
}
