//! What happened to a case: whose inbox it goes to, over which channels, and whether it is still so when it is sent.

use std::sync::Arc;

use futures_util::future::try_join_all;
use jiff::Timestamp;
use zhitiao_domain::case::announcement;
use zhitiao_domain::case::audience;
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::case::{Case, Event, EventKind};
use zhitiao_domain::kernel::ids::{CaseId, DistrictId, UnitId};
use zhitiao_domain::notify::audience::{Addressee, Urgency};
use zhitiao_domain::notify::schedule::{self, Plan};
use zhitiao_runtime::telemetry::about_case;
use zhitiao_store::StoreError;
use zhitiao_store::notify::delivery::{About, DeliveryKey, Recipient};
use zhitiao_store::notify::inbox::{NewMessage, Subject};

use crate::channels::{Channel, Kind, OutboundMessage};
use crate::deliver::{Matter, Verdict};
use crate::limits::Limit;
use crate::{Notifier, message};

/// Something that happened to a case, with all that a message needs.
#[derive(Debug)]
pub(crate) struct News {
    pub(crate) case: Case,
    pub(crate) event: Option<Event>,
    pub(crate) rules: Arc<Rulebook>,
    audience: Vec<Addressee>,
}

impl News {
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

    fn at(&self) -> Timestamp {
        let event = self.event.as_ref();
        event.map_or(self.case.report.at, |event| event.at)
    }

    fn key(&self, to: Recipient, channel: &dyn Channel) -> DeliveryKey {
        DeliveryKey {
            tenant: self.case.tenant.clone(),
            about: About::Event(self.case.id, self.number()),
            to,
            channel: channel.name().to_owned(),
        }
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

impl Notifier {
    /// What the stream says of a case, or what a delivery is about.
    pub(crate) async fn news(&self, case: Case, event: Option<Event>) -> Result<News, StoreError> {
        let now = self.clock.now();
        about_case(case.id);
        let rules = self.directory.require_rulebook(&case.tenant, now).await?;
        Ok(News::new(case, event, rules, now))
    }

    /// The news of which a delivery tells; event 0 is the receipt.
    pub(crate) async fn news_of(
        &self,
        tenant: &DistrictId,
        case: CaseId,
        event: u32,
    ) -> Result<Option<News>, StoreError> {
        let Some(case) = self.cases.head(tenant, case).await? else {
            return Ok(None);
        };
        let event = match event {
            0 => None,
            number => self.cases.event(tenant, case.id, number).await?,
        };
        self.news(case, event).await.map(Some)
    }

    /// Puts the news into inboxes and begins its deliveries.
    pub(crate) async fn tell(&self, news: News) -> Result<(), StoreError> {
        if news.is_stale() {
            tracing::info!(event = news.number(), "reminder overtaken, not sent");
            return Ok(());
        }
        let matter = Matter::News(Box::new(news));
        self.tell_units(&matter).await?;
        self.tell_people(&matter).await
    }

    async fn tell_units(&self, matter: &Matter) -> Result<(), StoreError> {
        let Matter::News(news) = matter else {
            return Ok(());
        };
        let told = news.audience.iter().map(|to| async move {
            self.put_into_inbox(news, to).await?;
            let unit = Recipient::Unit(to.unit.clone());
            for channel in self.channels.to(&unit) {
                if channel.carries(Kind::Notice, to.urgency) {
                    let key = news.key(unit.clone(), channel.as_ref());
                    self.deliver_new(matter, &key, &to.unit).await?;
                }
            }
            Ok::<_, StoreError>(())
        });
        try_join_all(told).await.map(|_: Vec<()>| ())
    }

    /// The inbox lies in our own table and takes a message under the event's key: it needs no claim.
    async fn put_into_inbox(&self, news: &News, to: &Addressee) -> Result<(), StoreError> {
        let event = news.event.as_ref();
        let words = message::notice(news, to, self.clock.now(), &self.public_url);
        let entry = NewMessage {
            subject: Subject::Event {
                case: news.case.id,
                event: news.number(),
                at: news.at(),
            },
            roles: to.roles.clone(),
            person: to.person.clone(),
            code: event
                .map_or("received", |event| event.kind.code())
                .to_owned(),
            text: words.whole(),
        };
        let tenant = &news.case.tenant;
        self.notifications.deliver(tenant, &to.unit, &entry).await
    }

    /// Tells the persons behind the addressees, each once and when it is time.
    pub(crate) async fn tell_people(&self, matter: &Matter) -> Result<(), StoreError> {
        let Matter::News(news) = matter else {
            return Ok(());
        };
        let now = self.clock.now();
        let mut due: Vec<(DeliveryKey, UnitId)> = Vec::new();
        for to in news.recipients(now) {
            if matches!(news.plan(&to, now), Plan::Now | Plan::WaitUntil(_)) {
                let person = Recipient::Staff(to.person.id.clone());
                for channel in self.channels.to(&person) {
                    let key = news.key(person.clone(), channel.as_ref());
                    due.push((key, to.addressee.unit.clone()));
                }
            }
        }
        let told = due
            .iter()
            .map(|(key, unit)| self.deliver_new(matter, key, unit));
        try_join_all(told).await.map(|_: Vec<()>| ())
    }

    /// What is to become of a delivery about news, as things stand.
    pub(crate) fn judge_news(
        &self,
        news: &News,
        key: &DeliveryKey,
        channel: &dyn Channel,
    ) -> Verdict {
        let now = self.clock.now();
        match &key.to {
            Recipient::Unit(unit) => {
                let mut audience = news.audience.iter();
                match audience.find(|to| to.unit == *unit) {
                    Some(to) if !news.is_stale() => {
                        self.notice(news, key, channel, to, to.urgency, Limit::None)
                    }
                    _ => Verdict::Drop,
                }
            }
            Recipient::Staff(id) => {
                if announcement::is_overtaken(news.event.as_ref(), &news.case) {
                    return Verdict::Drop;
                }
                let mut recipients = news.recipients(now).into_iter();
                let Some(to) = recipients.find(|to| to.person.id == *id) else {
                    return Verdict::PassOn;
                };
                match news.plan(&to, now) {
                    Plan::Now => {
                        let limit = Limit::PerHour(to.person.notifications.per_hour);
                        self.notice(news, key, channel, to.addressee, to.urgency, limit)
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
        news: &News,
        key: &DeliveryKey,
        channel: &dyn Channel,
        to: &Addressee,
        urgency: Urgency,
        limit: Limit,
    ) -> Verdict {
        let words = message::notice(news, to, self.clock.now(), &self.public_url);
        let message = OutboundMessage {
            number: Some(news.case.id.number()),
            is_critical: announcement::is_critical(urgency, news.case.tier),
            event: message::event(&news.case, news.event.as_ref(), &to.unit),
            ..self.outbound(key, Kind::Notice, words)
        };
        let incident = announcement::incident(urgency, &news.case);
        let limit = match incident.filter(|_| channel.is_for_people()) {
            Some(incident) => Limit::of_incident(incident, &news.case),
            None => limit,
        };
        Verdict::Send(Box::new(message), limit)
    }
}
