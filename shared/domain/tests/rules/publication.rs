//! What everyone sees of a case, and which photos prove that work was done.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use zhitiao_domain::case::cooperation::Phase;
use zhitiao_domain::case::decide::{Command, DecisionContext, Refusal};
use zhitiao_domain::case::evidence::before_reopening;
use zhitiao_domain::case::photo::{Photo, PhotoState, Progress};
use zhitiao_domain::case::publication::{Publication, PublicationRequest, PublicationStep};
use zhitiao_domain::case::state::{Outcome, State};
use zhitiao_domain::case::{Case, Event, EventKind, NoteTo, Visibility};
use zhitiao_domain::kernel::limits;

use crate::district::{
    DESK, EVIDENCE, HANDLER, MONDAY, STREET_DESK, STREET_SECRETARY, Story, assign, at, category,
    context, evidence, grant, note, ready, received, reopen, staff, triage,
};

fn set<T: Ord, const N: usize>(numbers: [T; N]) -> BTreeSet<T> {
    BTreeSet::from(numbers)
}

/// A case with its history and its photos.
#[derive(Clone)]
struct Page {
    case: Case,
    events: Vec<Event>,
    photos: Vec<Photo>,
    now: Timestamp,
}

impl Page {
    /// A report of Monday 10:00 that announced three photos, of which these are ready.
    fn with(ready: &[u8]) -> Self {
        let mut case = received(Some("pothole"), at(MONDAY));
        case.report.photos = vec![grant(); 3];
        let page = Self {
            case,
            events: Vec::new(),
            photos: Vec::new(),
            now: at(MONDAY),
        };
        ready.iter().fold(page, |page, number| page.photo(*number))
    }

    fn of(story: Story) -> Self {
        Self {
            case: story.case,
            events: story.events,
            photos: Vec::new(),
            now: story.now,
        }
    }

    /// A photo of the reporter becomes ready.
    fn photo(mut self, number: u8) -> Self {
        self.photos.push(Photo {
            number,
            state: ready(),
            at: self.now,
            announced: None,
        });
        self
    }

    fn evidence(mut self, number: u8, state: PhotoState) -> Self {
        self.photos.push(evidence(number, Phase::After, state));
        self
    }

    fn try_to(&self, who: &str, command: Command) -> Result<(Case, Event), Refusal> {
        let context = DecisionContext {
            photos: &self.photos,
            events: &self.events,
            ..context(self.now)
        };
        let change = self.case.decide(command, staff(who), &context)?;
        Ok((change.after, change.event))
    }

    #[track_caller]
    fn then(mut self, who: &str, command: Command) -> Self {
        let (case, event) = self.try_to(who, command).unwrap();
        self.case = case;
        self.events.push(event);
        self
    }

    fn fault(&self, command: Command) -> (&'static str, &'static str) {
        match self.try_to(DESK, command) {
            Err(Refusal::Field { field, code }) => (field, code),
            other => panic!("{other:?}"),
        }
    }

    /// The photos that everyone sees.
    fn shown(&self) -> BTreeSet<u8> {
        let publication = Publication::of(&self.events, &self.photos);
        let shown = self.photos.iter().filter(|photo| publication.shows(photo));
        shown.map(|photo| photo.number).collect()
    }

    fn step(&self) -> PublicationStep {
        match &self.events.last().unwrap().kind {
            EventKind::PublicationChanged { step, .. } => *step,
            other => panic!("{other:?}"),
        }
    }
}

fn publish(publish: bool, reason: &str) -> Command {
    Command::Publish(PublicationRequest {
        publish,
        photos: None,
        hidden_photos: None,
        hidden_events: None,
        reason: (!reason.is_empty()).then(|| reason.to_owned()),
    })
}

fn show(numbers: BTreeSet<u8>) -> Command {
    Command::Publish(PublicationRequest {
        publish: true,
        photos: Some(numbers),
        hidden_photos: None,
        hidden_events: None,
        reason: None,
    })
}

fn hide(photos: BTreeSet<u8>, events: BTreeSet<u32>, reason: &str) -> Command {
    Command::Publish(PublicationRequest {
        publish: true,
        photos: None,
        hidden_photos: Some(photos),
        hidden_events: Some(events),
        reason: (!reason.is_empty()).then(|| reason.to_owned()),
    })
}

fn triage_with(publish: bool, photos: Option<BTreeSet<u8>>) -> Command {
    Command::Triage {
        category: category("pothole"),
        publish,
        photos,
        reason: None,
    }
}

#[test]
fn publication_shows_the_photos_that_were_ready_and_a_later_one_waits_for_a_look() {
    let public = Page::with(&[0]).then(DESK, triage("pothole"));
    assert_eq!(public.shown(), set([0]));
    let later = public.photo(1).evidence(EVIDENCE, ready());
    assert_eq!(later.shown(), set([0]), "nobody has looked at 1 and 9");
    let looked = later.then(DESK, show(set([0, 1, EVIDENCE])));
    assert_eq!(looked.shown(), set([0, 1, EVIDENCE]));
    assert_eq!(looked.step(), PublicationStep::Updated);
}

#[test]
fn a_photo_that_the_desk_left_out_comes_back_by_its_number_only() {
    let chosen = Page::with(&[0, 1]).then(DESK, triage_with(true, Some(set([0]))));
    assert_eq!(chosen.shown(), set([0]));
    // Another triage looks at the photo that came since, and at nothing that was held back.
    let again = chosen.photo(2).then(DESK, triage("pothole"));
    assert_eq!(again.shown(), set([0, 2]));
    let all = set([0, 1, 2]);
    assert_eq!(again.then(DESK, show(all.clone())).shown(), all);
}

#[test]
fn only_photos_that_can_be_seen_are_published() {
    let refused = PhotoState::Rejected {
        reason: "corrupt".to_owned(),
    };
    let page = Page::with(&[0])
        .evidence(9, refused)
        .evidence(10, PhotoState::Pending);
    for (number, code) in [
        (1, "photo_not_ready"),
        (3, "photo_missing"),
        (9, "photo_rejected"),
        (10, "photo_not_ready"),
    ] {
        let named = triage_with(true, Some(set([0, number])));
        assert_eq!(page.fault(named), ("photos", code), "{number}");
    }
    let mut later = page;
    later.now += SignedDuration::from_mins(15);
    for number in [1, 10] {
        assert_eq!(
            later.fault(show(set([number]))),
            ("photos", "photo_expired")
        );
    }
}

#[test]
fn a_case_leaves_the_board_in_every_state_with_a_reason() {
    for state in State::ALL {
        let mut page = Page::with(&[0]).then(DESK, triage("pothole"));
        page.case.state = state;
        assert_eq!(
            page.fault(publish(false, "")),
            ("reason", "required_when_hidden"),
            "{state:?}"
        );
        let promise = page.case.due_at();
        let hidden = page.then(STREET_SECRETARY, publish(false, "照片上有人脸"));
        assert!(!hidden.case.published);
        assert_eq!((hidden.case.state, hidden.case.due_at()), (state, promise));
        assert_eq!(hidden.step(), PublicationStep::Unpublished);
        let back = hidden.then(DESK, publish(true, ""));
        assert_eq!((back.case.published, back.shown()), (true, set([0])));
        assert_eq!(back.step(), PublicationStep::Published);
    }
}

#[test]
fn a_photo_and_an_answer_are_hidden_with_a_reason_and_shown_again_without() {
    let page = Page::with(&[0, 1])
        .then(DESK, triage("pothole"))
        .then(DESK, note(NoteTo::Resident));
    assert_eq!(
        page.fault(hide(set([1]), set([]), "")),
        ("reason", "required_when_hidden")
    );
    assert_eq!(
        page.fault(hide(set([3]), set([]), "误传")),
        ("hidden_photos", "photo_missing")
    );
    for number in [0, 3] {
        assert_eq!(
            page.fault(hide(set([]), set([number]), "误传")),
            ("hidden_events", "no_such_event")
        );
    }
    let hidden = page.then(DESK, hide(set([1]), set([2]), "有车牌"));
    assert_eq!(hidden.shown(), set([0]));
    assert_eq!(hidden.step(), PublicationStep::Hidden);
    let said = &hidden.events.last().unwrap().kind;
    assert_eq!(said.visibility(), Visibility::Public);
    let publication = Publication::of(&hidden.events, &hidden.photos);
    assert_eq!(publication.hidden_events, set([2]));
    assert_eq!(
        hidden.fault(show(set([0, 1]))),
        ("photos", "photo_hidden"),
        "hiding is stronger"
    );
    let shown = hidden.then(DESK, hide(set([]), set([]), ""));
    assert_eq!(shown.shown(), set([0, 1]));
    assert_eq!(shown.step(), PublicationStep::Updated);
}

#[test]
fn what_was_published_before_photos_were_named_keeps_those_of_that_time() {
    let mut page = Page::with(&[0]).then(DESK, triage("pothole"));
    let Some(EventKind::Triaged { publication, .. }) =
        page.events.last_mut().map(|event| &mut event.kind)
    else {
        panic!("triaged");
    };
    *publication = None;
    page.now += SignedDuration::from_mins(1);
    assert_eq!(page.photo(1).shown(), set([0]));
}

#[test]
fn publication_without_consent_is_refused_by_either_command() {
    let mut page = Page::with(&[0]);
    page.case.report.consents.publish = false;
    for command in [triage("pothole"), publish(true, "")] {
        assert_eq!(page.fault(command), ("publish", "no_consent"));
    }
}

#[test]
fn a_photo_is_an_event_once_staff_have_acted_and_is_heard_by_who_has_the_case() {
    let fresh = Page::with(&[]);
    assert_eq!(fresh.case.photo_arrived(0, fresh.now), None);
    let page = fresh.then(DESK, triage("pothole"));
    let event = page.case.photo_arrived(1, page.now).unwrap();
    assert_eq!(event.number, page.case.rev + 1);
    assert_eq!(event.kind, EventKind::PhotoArrived { photo: 1 });
    assert_eq!(event.kind.visibility(), Visibility::Resident);
    assert_eq!(page.case.photo_arrived(EVIDENCE, page.now), None);
}

#[test]
fn new_permissions_end_with_the_case_and_three_days_after_the_report() {
    let case = Page::with(&[]).case;
    let last = at(MONDAY) + SignedDuration::from_hours(24 * limits::UPLOAD_DAYS);
    assert_eq!(case.uploads_closed(last), None);
    let late = last + SignedDuration::from_secs(1);
    assert_eq!(case.uploads_closed(late), Some("report_too_old"));
    for state in State::ALL {
        let case = Case {
            state,
            ..case.clone()
        };
        let closed = (!state.is_open()).then_some("case_ended");
        assert_eq!(case.uploads_closed(at(MONDAY)), closed, "{state:?}");
    }
}

#[test]
fn a_permission_lapses_after_a_quarter_of_an_hour() {
    let page = Page::with(&[]).evidence(EVIDENCE, PhotoState::Pending);
    let last = at(MONDAY) + SignedDuration::from_secs(15 * 60 - 1);
    for photo in [None, page.photos.first()] {
        let progress = |now| page.case.photo_progress(photo, now);
        assert_eq!(progress(last), Progress::Waiting);
        let lapsed = last + SignedDuration::from_secs(1);
        assert_eq!(progress(lapsed), Progress::Expired);
    }
}

#[test]
fn refused_and_lapsed_evidence_gives_its_number_back() {
    let refused = || PhotoState::Rejected {
        reason: "corrupt".to_owned(),
    };
    let mut page = Page::with(&[0, 1, 2]);
    let next = |page: &Page| {
        let next = page
            .case
            .next_evidence(&page.photos, &page.events, page.now);
        next.map(|(number, replaced)| (number, replaced.is_some()))
    };
    assert_eq!(next(&page), Some((9, false)));
    for number in 9..17 {
        page = page.evidence(number, refused());
    }
    page = page.evidence(17, PhotoState::Pending);
    assert_eq!(next(&page), Some((9, true)), "nine, of which one counts");
    for photo in page.photos.iter_mut().filter(|photo| photo.number >= 9) {
        photo.state = PhotoState::Pending;
    }
    assert_eq!(next(&page), None, "nine may still arrive");
    page.now += SignedDuration::from_mins(15);
    assert_eq!(next(&page), Some((9, true)), "all have lapsed");
}

#[test]
fn evidence_counts_from_the_last_reopening_on() {
    let mut page = Page::of(
        Story::received_as("pothole", MONDAY)
            .then(STREET_DESK, triage("pothole"))
            .then(STREET_DESK, assign("xianggang-huayuan")),
    )
    .then(HANDLER, Command::Accept);
    let resolve = |number| Command::Resolve {
        reason: "已修好".to_owned(),
        evidence: vec![number],
        outcome: Outcome::Fixed,
    };
    for number in 9..18 {
        page = page.evidence(number, ready());
    }
    assert_eq!(
        page.case
            .next_evidence(&page.photos, &page.events, page.now),
        None
    );
    let page = page
        .then(HANDLER, resolve(9))
        .then(DESK, reopen())
        .then(DESK, assign("xianggang-huayuan"))
        .then(HANDLER, Command::Accept);
    let refused = page.try_to(HANDLER, resolve(9)).unwrap_err();
    let code = "photo_before_reopening";
    let field = "evidence";
    assert_eq!(refused, Refusal::Field { field, code });
    // The old ones do not use the limit up either.
    let (number, _) = page
        .case
        .next_evidence(&page.photos, &page.events, page.now)
        .unwrap();
    assert_eq!(number, 18);
    let done = page
        .evidence(number, ready())
        .then(HANDLER, resolve(number));
    assert_eq!(done.case.state, State::Resolved);

    // A reopening from before the event named its evidence.
    let mut old = done;
    for event in &mut old.events {
        if let EventKind::Reopened { evidence, .. } = &mut event.kind {
            *evidence = None;
        }
    }
    if let Some(photo) = old.photos.last_mut() {
        photo.at += SignedDuration::from_secs(1);
    }
    assert_eq!(
        before_reopening(&old.events, &old.photos),
        (9..18).collect()
    );
}
