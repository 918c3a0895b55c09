//! What happened to a case: whose inbox it goes to, over which channels, and whether it is still so when it is sent.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use zhitiao_domain::case::announcement;
use zhitiao_domain::case::audience;
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::case::{Case, Event, EventKind};
use zhitiao_domain::kernel::ids::{CaseId, DistrictId, UnitId};
use zhitiao_domain::notify::audience::{Addressee, Urgency};
use zhitiao_domain::notify::channel::{ChannelName, MessageKind};
use zhitiao_domain::notify::schedule::{self, Plan};
use zhitiao_runtime::telemetry::about_case;
use zhitiao_store::notify::delivery::{DeliveryKey, Recipient};

use crate::announce::{Announce, Happened};
use crate::deliver::{Matter, Message, Verdict};
use crate::limits::Limit;
use crate::words::Words;
use crate::{Notifier, NotifierError, message};

/// Something that happened to a case, with all that a message needs.
#[derive(Debug)]
pub(crate) struct CaseNotice {
    pub(crate) case: Case,
    pub(crate) event: Option<Event>,
    pub(crate) rules: Arc<Rulebook>,
    audience: Vec<Addressee>,
}

impl CaseNotice {
    fn new(case: Case, event: Option<Event>, rules: Arc<Rulebook>, now: Timestamp) -> Self {
        let audience = match &event {
            None => audience::of_new_case(&case, &rules, now),
            Some(event) => audience::of_event(event, &case, &rules, now),
        };
        Self {
            case,
            event,
            rules,
            audience,
        }
    }

    fn number(&self) -> u32 {
        self.event.as_ref().map_or(0, |event| event.number)
    }

    /// A reminder whose reason is gone by now.
    fn is_stale(&self) -> bool {
        match self.event.as_ref().map(|event| &event.kind) {
            Some(EventKind::Reminded(reminder)) => {
                announcement::is_reminder_overtaken(reminder, &self.case)
            }
            _ => false,
        }
    }

    fn recipients(&self, now: Timestamp) -> Vec<announcement::Recipient<'_>> {
        let (event, org) = (self.event.as_ref(), &self.rules.org);
        announcement::recipients(&self.audience, &self.case, event, org, now)
    }

    fn plan(&self, to: &announcement::Recipient<'_>, now: Timestamp) -> Plan {
        let calendar = self.rules.calendar();
        let is_critical = announcement::is_critical(to.urgency, self.case.tier);
        schedule::plan(to.urgency, is_critical, to.person, now, calendar)
    }
}

impl Matter for CaseNotice {
    fn judge<'a>(
        &'a self,
        notifier: &'a Notifier,
        key: &'a DeliveryKey,
        channel: ChannelName,
    ) -> BoxFuture<'a, Result<Verdict, NotifierError>> {
        Box::pin(async move { Ok(notifier.judge_notice(self, key, channel)) })
    }

    fn pass_on<'a>(&'a self, notifier: &'a Notifier) -> BoxFuture<'a, Result<(), NotifierError>> {
        Box::pin(notifier.notify_people(self))
    }
}

impl Announce for CaseNotice {
    fn happened(&self) -> Happened<'_> {
        let event = self.event.as_ref();
        Happened {
            district: &self.case.district,
            about: self.case.id.into(),
            number: self.number(),
            at: event.map_or(self.case.report.at, |event| event.at),
            code: event.map_or("received", |event| event.kind.code()),
        }
    }

    fn audience(&self) -> &[Addressee] {
        &self.audience
    }

    fn words(&self, to: &Addressee, now: Timestamp, public_url: &str) -> Words {
        let event = self.event.as_ref();
        message::notice(&self.case, event, &self.rules, to, now, public_url)
    }
}

impl Notifier {
    /// What the stream says of a case, or what a delivery is about.
    pub(crate) async fn case_notice(
        &self,
        case: Case,
        event: Option<Event>,
    ) -> Result<CaseNotice, NotifierError> {
        let now = self.clock.now();
        about_case(case.id);
        let rules = self.directory.require_rulebook(&case.district, now).await?;
        Ok(CaseNotice::new(case, event, rules, now))
    }

    /// What a delivery is about; event 0 is the receipt.
    pub(crate) async fn stored_case_notice(
        &self,
        district: &DistrictId,
        case: CaseId,
        event: u32,
    ) -> Result<Option<CaseNotice>, NotifierError> {
        let Some(case) = self.cases.head(district, case).await? else {
            return Ok(None);
        };
        let event = match event {
            0 => None,
            number => self.cases.event(district, case.id, number).await?,
        };
        self.case_notice(case, event).await.map(Some)
    }

    /// Puts it into inboxes and begins its deliveries.
    pub(crate) async fn notify(&self, matter: CaseNotice) -> Result<(), NotifierError> {
        if matter.is_stale() {
            tracing::info!(event = matter.number(), "reminder overtaken, not sent");
            return Ok(());
        }
        self.notify_units(&matter).await?;
        self.notify_people(&matter).await
    }

    /// Tells the persons behind the addressees, each once and when it is time.
    async fn notify_people(&self, matter: &CaseNotice) -> Result<(), NotifierError> {
        let happened = matter.happened();
        let now = self.clock.now();
        let mut due: Vec<(DeliveryKey, UnitId)> = Vec::new();
        for to in matter.recipients(now) {
            if matches!(matter.plan(&to, now), Plan::Now | Plan::WaitUntil(_)) {
                let person = Recipient::Staff(to.person.id.clone());
                for channel in self.channels_to(happened.district, &person).await? {
                    let key = happened.key(person.clone(), channel);
                    due.push((key, to.addressee.unit.clone()));
                }
            }
        }
        self.deliver_new(matter, &due).await
    }

    /// What is to become of a delivery about it, as things stand.
    fn judge_notice(
        &self,
        matter: &CaseNotice,
        key: &DeliveryKey,
        channel: ChannelName,
    ) -> Verdict {
        let now = self.clock.now();
        match &key.to {
            Recipient::Unit(unit) => {
                let mut audience = matter.audience.iter();
                match audience.find(|to| to.unit == *unit) {
                    Some(to) if !matter.is_stale() => {
                        self.notice(matter, channel, to, to.urgency, Limit::None)
                    }
                    _ => Verdict::Drop,
                }
            }
            Recipient::Staff(id) => {
                if announcement::is_overtaken(matter.event.as_ref(), &matter.case) {
                    return Verdict::Drop;
                }
                let mut recipients = matter.recipients(now).into_iter();
                let Some(to) = recipients.find(|to| to.person.id == *id) else {
                    return Verdict::PassOn;
                };
                match matter.plan(&to, now) {
                    Plan::Now => {
                        let limit = Limit::PerHour(to.person.notifications.per_hour);
                        self.notice(matter, channel, to.addressee, to.urgency, limit)
                    }
                    Plan::WaitUntil(at) => Verdict::Wait(at),
                    // The person wants no such messages any more.
                    Plan::Digest | Plan::Never => Verdict::Drop,
                }
            }
        }
    }

    fn notice(
        &self,
        matter: &CaseNotice,
        channel: ChannelName,
        to: &Addressee,
        urgency: Urgency,
        limit: Limit,
    ) -> Verdict {
        let words = matter.words(to, self.clock.now(), &self.public_url);
        let message = Message {
            number: Some(matter.case.id.number()),
            is_critical: announcement::is_critical(urgency, matter.case.tier),
            event: message::event(&matter.case, matter.event.as_ref(), &to.unit),
            ..Message::new(MessageKind::Notice, words)
        };
        let incident = announcement::incident(urgency, &matter.case);
        let limit = match incident.filter(|_| channel.is_for_people()) {
            Some(incident) => Limit::of_incident(incident, &matter.case),
            None => limit,
        };
        Verdict::Send(Box::new(message), limit)
    }
}
