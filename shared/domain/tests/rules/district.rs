//! The seeded district, and a case that people in it work on.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use zhitiao_domain::case::cooperation::Phase;
use zhitiao_domain::case::decide::{Command, DecisionContext, Refusal};
use zhitiao_domain::case::hold::{HoldReason, HoldTerms};
use zhitiao_domain::case::photo::{Announced, Photo, PhotoState};
use zhitiao_domain::case::proposal::Matter;
use zhitiao_domain::case::refused::RefusalReason;
use zhitiao_domain::case::report::{
    Angle, Channel, Consents, PhotoGrant, PhotoType, Place, Report, Text,
};
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::case::state::Outcome;
use zhitiao_domain::case::timers::ClockKind;
use zhitiao_domain::case::{Case, Event, EventKind, NoteTo};
use zhitiao_domain::kernel::calendar::{Calendar, CalendarData};
use zhitiao_domain::kernel::deadline::ClockSpec;
use zhitiao_domain::kernel::ids::{BudgetLineId, CaseId, CategoryId, DistrictId, StaffId, UnitId};
use zhitiao_domain::kernel::ladder::Rung;
use zhitiao_domain::kernel::org::{OrgChart, Staff, Unit};

/// The community in which the tests' cases lie, its subdistrict with the service team, and two departments.
pub(crate) const COMMUNITY: &str = "xianggang-huayuan";
pub(crate) const SUBDISTRICT: &str = "badaguan";
pub(crate) const TEAM: &str = "badaguan-365";
pub(crate) const DEPARTMENT: &str = "urban-management";
pub(crate) const OTHER_DEPARTMENT: &str = "housing";

/// Desk officer and handler of the community.
pub(crate) const DESK: &str = "wang.fang";
pub(crate) const HANDLER: &str = "zhang.wei";
/// Desk officer, director and secretary of the subdistrict.
pub(crate) const STREET_DESK: &str = "chen.jing";
pub(crate) const STREET_DIRECTOR: &str = "sun.zhiqiang";
pub(crate) const STREET_SECRETARY: &str = "zhou.haiyan";
/// Handlers of the two departments.
pub(crate) const DEPARTMENT_HANDLER: &str = "ma.jun";
pub(crate) const OTHER_DEPARTMENT_HANDLER: &str = "zhang.lina";

/// The photo that proves that work was done.
pub(crate) const EVIDENCE: u8 = 9;
/// The photo that shows how it was.
pub(crate) const EVIDENCE_BEFORE: u8 = 10;

/// A Monday morning, 10:00.
pub(crate) const MONDAY: &str = "2026-11-23T10:00";

static RULES: LazyLock<Rulebook> = LazyLock::new(|| rulebook_of(units(), all_staff()));

fn seed<T: DeserializeOwned>(json: &str) -> T {
    serde_json::from_str(json).unwrap()
}

pub(crate) fn units() -> Vec<Unit> {
    seed(include_str!("../../../../infra/seed/units.json"))
}

pub(crate) fn all_staff() -> Vec<Staff> {
    seed(include_str!("../../../../infra/seed/staff.json"))
}

pub(crate) fn calendar_data() -> CalendarData {
    seed(include_str!("../../../../infra/seed/calendar.json"))
}

/// The seeded rulebook, but with these units and these people; who has left is no deputy.
pub(crate) fn rulebook_of(units: Vec<Unit>, mut staff: Vec<Staff>) -> Rulebook {
    let here: BTreeSet<StaffId> = staff.iter().map(|person| person.id.clone()).collect();
    for person in &mut staff {
        person.deputy = person.deputy.take().filter(|deputy| here.contains(deputy));
    }
    rulebook_by(units, staff, vec![calendar_data()])
}

/// The seeded rulebook, but with these versions of the calendar.
pub(crate) fn rulebook_with(calendars: Vec<CalendarData>) -> Rulebook {
    rulebook_by(units(), all_staff(), calendars)
}

fn rulebook_by(units: Vec<Unit>, staff: Vec<Staff>, calendars: Vec<CalendarData>) -> Rulebook {
    let calendars = calendars.into_iter();
    Rulebook::new(
        OrgChart::new(units, staff).unwrap(),
        calendars
            .map(|data| Calendar::from_data(data).unwrap())
            .collect(),
        seed(include_str!("../../../../infra/seed/categories.json")),
        vec![seed(include_str!("../../../../infra/seed/promises.json"))],
    )
    .unwrap()
}

pub(crate) fn rules() -> &'static Rulebook {
    &RULES
}

/// A moment of the local time zone, from `2026-11-23T09:00`.
pub(crate) fn at(local: &str) -> Timestamp {
    format!("{local}+08:00").parse().unwrap()
}

pub(crate) fn unit(id: &str) -> UnitId {
    UnitId::parse(id).unwrap()
}

pub(crate) fn category(id: &str) -> CategoryId {
    CategoryId::parse(id).unwrap()
}

pub(crate) fn staff_id(id: &str) -> StaffId {
    StaffId::parse(id).unwrap()
}

#[track_caller]
pub(crate) fn staff(id: &str) -> &'static Staff {
    rules().org.staff(&staff_id(id)).unwrap()
}

pub(crate) fn case_id() -> CaseId {
    CaseId::parse("K7M39QXD").unwrap()
}

/// A case of a report that agreed to publication and left contact details.
pub(crate) fn received(category: Option<&str>, at: Timestamp) -> Case {
    let report = Report {
        at,
        channel: Channel::Web,
        text: Text::Here("香港花园3号楼前井盖松动".to_owned()),
        place: Place {
            community: unit(COMMUNITY),
            address: None,
            point: None,
            code: None,
        },
        photos: Vec::new(),
        consents: Consents {
            publish: true,
            photo_location: false,
            notice: None,
        },
        has_contact: true,
        on_behalf_by: None,
    };
    let category = category.map(self::category);
    let district = DistrictId::parse("shinan").unwrap();
    Case::open(district, case_id(), report, category, rules())
}

pub(crate) fn triage(id: &str) -> Command {
    Command::Triage {
        category: category(id),
        publish: true,
        photos: None,
        reason: None,
    }
}

pub(crate) fn assign(to: &str) -> Command {
    Command::Assign {
        unit: unit(to),
        person: None,
        hard: false,
        reason: None,
    }
}

pub(crate) fn note(to: NoteTo) -> Command {
    let text = "已联系维修队,明天上门".to_owned();
    Command::Note { text, to }
}

pub(crate) fn give_back() -> Command {
    let reason = "不在本单位职责范围".to_owned();
    Command::Return { reason }
}

pub(crate) fn escalate() -> Command {
    let reason = "超出社区权限".to_owned();
    Command::Escalate { to: None, reason }
}

/// What is asked for with a hold; money comes from one line, answers from one department.
pub(crate) fn terms(reason: HoldReason, review_at: Timestamp) -> HoldTerms {
    HoldTerms {
        reason,
        review_at,
        waits_for: (reason == HoldReason::OtherUnit).then(|| unit(OTHER_DEPARTMENT)),
        budget_line: (reason == HoldReason::Budget).then(line),
    }
}

pub(crate) fn line() -> BudgetLineId {
    BudgetLineId::parse("2026-pipes-07").unwrap()
}

pub(crate) fn hold(reason: HoldReason, review_at: Timestamp) -> Command {
    Command::Hold {
        terms: terms(reason, review_at),
        reason: "等待区财政资金".to_owned(),
    }
}

pub(crate) fn approve(matter: Matter) -> Command {
    Command::Approve { matter }
}

pub(crate) fn extend(days: u32) -> Command {
    Command::Extend {
        by: ClockSpec::WorkDays(days),
        reason: "配件要从外地调货".to_owned(),
    }
}

pub(crate) fn resolve() -> Command {
    Command::Resolve {
        reason: "井盖已更换".to_owned(),
        evidence: vec![EVIDENCE, EVIDENCE_BEFORE],
        outcome: Outcome::Fixed,
    }
}

pub(crate) fn refused(reason: String) -> Command {
    Command::Refuse {
        reason,
        code: RefusalReason::PrivateDispute,
        authority: None,
    }
}

pub(crate) fn reopen() -> Command {
    let reason = "居民反映仍有响声".to_owned();
    Command::Reopen { reason }
}

/// Another open case of the district, with which one may be counted.
pub(crate) static TARGET: LazyLock<Case> = LazyLock::new(|| Case {
    id: CaseId::parse("00000001").unwrap(),
    ..received(None, at("2026-11-20T10:00"))
});

/// What a decision depends on beside the case: evidence from before and after the work, and ids for parts.
pub(crate) fn context(now: Timestamp) -> DecisionContext<'static> {
    static PARTS: LazyLock<Vec<CaseId>> = LazyLock::new(|| {
        let part = |n| CaseId::parse(&format!("PART000{n}")).unwrap();
        (1..=5).map(part).collect()
    });
    DecisionContext {
        rules: rules(),
        now,
        photos: &PHOTOS,
        events: &[],
        parts: &[],
        part_ids: &PARTS,
        budget_approved: false,
        target: Some(&TARGET),
        command_id: None,
    }
}

/// Evidence from before and after the work, ready since long ago.
static PHOTOS: LazyLock<Vec<Photo>> = LazyLock::new(|| {
    vec![
        evidence(EVIDENCE, Phase::After, ready()),
        evidence(EVIDENCE_BEFORE, Phase::Before, ready()),
    ]
});

/// What is recorded of a photo that can be shown.
pub(crate) fn ready() -> PhotoState {
    PhotoState::Ready {
        width: 1600,
        height: 1200,
        point: None,
    }
}

/// An evidence photo, recorded on Monday at 10:00.
pub(crate) fn evidence(number: u8, phase: Phase, state: PhotoState) -> Photo {
    let announced = Announced {
        by: staff_id(STREET_DESK),
        command: format!("photo {number}"),
        phase: Some(phase),
        grant: grant(),
    };
    Photo {
        number,
        state,
        at: at(MONDAY),
        announced: Some(announced),
    }
}

/// What is announced of a photo.
pub(crate) fn grant() -> PhotoGrant {
    PhotoGrant {
        angle: Angle::Front,
        content_type: PhotoType::Jpeg,
        bytes: 1_000,
    }
}

/// A case on its way: what people do to it and what time does to it.
#[derive(Clone)]
pub(crate) struct Story {
    pub(crate) case: Case,
    pub(crate) now: Timestamp,
    pub(crate) events: Vec<Event>,
}

impl Story {
    /// A report without a category, received then.
    pub(crate) fn received(when: &str) -> Self {
        Self::of(received(None, at(when)))
    }

    /// A report whose reporter chose the category.
    pub(crate) fn received_as(category: &str, when: &str) -> Self {
        Self::of(received(Some(category), at(when)))
    }

    /// A pothole of Monday 10:00 that the subdistrict's desk has triaged and that is now with the unit.
    pub(crate) fn with(unit: &str) -> Self {
        Self::received(MONDAY)
            .then(STREET_DESK, triage("pothole"))
            .then(STREET_DESK, assign(unit))
    }

    /// The same, and the subdistrict works on it.
    pub(crate) fn at_work() -> Self {
        Self::with(SUBDISTRICT)
            .then(STREET_DESK, Command::Accept)
            .then(STREET_DESK, note(NoteTo::Resident))
    }

    /// The subdistrict's desk asks for a hold, and the director grants it.
    #[track_caller]
    pub(crate) fn held(self, reason: HoldReason, review_at: &str) -> Self {
        self.then(STREET_DESK, hold(reason, at(review_at)))
            .then(STREET_DIRECTOR, approve(Matter::Hold))
    }

    pub(crate) fn of(case: Case) -> Self {
        Self {
            now: case.report.at,
            case,
            events: Vec::new(),
        }
    }

    pub(crate) fn try_to(&self, who: &str, command: Command) -> Result<(Case, Event), Refusal> {
        let context = context(self.now);
        let change = self.case.decide(command, staff(who), &context)?;
        assert_eq!(change.before, self.case);
        Ok((change.after, change.event))
    }

    /// The person does it.
    #[track_caller]
    pub(crate) fn then(mut self, who: &str, command: Command) -> Self {
        let (case, event) = self.try_to(who, command).unwrap();
        self.case = case;
        self.events.push(event);
        self
    }

    /// The refusal of what the person may not do.
    #[track_caller]
    pub(crate) fn refusal(&self, who: &str, command: Command) -> Refusal {
        self.try_to(who, command).unwrap_err()
    }

    /// A person's machine whose clock is behind.
    pub(crate) fn behind(&self, seconds: i64) -> Self {
        let now = self.now - jiff::SignedDuration::from_secs(seconds);
        Self {
            now,
            ..self.clone()
        }
    }

    /// Time passes without a sweep: an outage.
    #[track_caller]
    pub(crate) fn outage_until(mut self, when: &str) -> Self {
        assert!(self.now <= at(when));
        self.now = at(when);
        self
    }

    /// Time passes, and the sweep looks at every moment that the case names.
    #[track_caller]
    pub(crate) fn until(self, when: &str) -> Self {
        let mut story = self.outage_until(when);
        while let Some(next) = story.case.next_at(rules()).filter(|next| *next <= at(when)) {
            story.sweep_at(next);
        }
        story
    }

    /// One tick of the sweep, now.
    pub(crate) fn sweep(mut self) -> Self {
        self.sweep_at(self.now);
        self
    }

    fn sweep_at(&mut self, now: Timestamp) {
        while let Some(change) = self.case.remind(rules(), now) {
            self.case = change.after;
            self.events.push(change.event);
        }
    }

    pub(crate) fn last(&self) -> &EventKind {
        &self.events.last().unwrap().kind
    }

    /// When the clock is due, in local time; `None` when the case has no such clock or it stands.
    pub(crate) fn due(&self, clock: ClockKind) -> Option<String> {
        let due = self.case.timers.get(clock)?.due?;
        Some(local(due.at))
    }

    /// The rungs that fired on the clock and when, in local time.
    pub(crate) fn rungs(&self, clock: ClockKind) -> Vec<(Rung, String)> {
        let fired = self.events.iter().filter_map(|event| match &event.kind {
            EventKind::Reminded(reminder) if reminder.clock == clock => {
                Some((reminder.rung, local(event.at)))
            }
            _ => None,
        });
        fired.collect()
    }
}

/// `2026-11-23T09:00` of a moment.
pub(crate) fn local(moment: Timestamp) -> String {
    zhitiao_domain::kernel::calendar::OFFSET
        .to_datetime(moment)
        .strftime("%Y-%m-%dT%H:%M")
        .to_string()
}
