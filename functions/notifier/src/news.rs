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

impl Matter for News {
    fn judge<'a>(
        &'a self,
        notifier: &'a Notifier,
        key: &'a DeliveryKey,
        channel: ChannelName,
    ) -> BoxFuture<'a, Result<Verdict, NotifierError>> {
        Box::pin(async move { Ok(notifier.judge_news(self, key, channel)) })
    }

    fn pass_on<'a>(&'a self, notifier: &'a Notifier) -> BoxFuture<'a, Result<(), NotifierError>> {
        Box::pin(notifier.tell_people(self))
    }
}

impl Announce for News {
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
    pub(crate) async fn news(
        &self,
        case: Case,
        event: Option<Event>,
    ) -> Result<News, NotifierError> {
        let now = self.clock.now();
        about_case(case.id);
        let rules = self.directory.require_rulebook(&case.district, now).await?;
        Ok(News::new(case, event, rules, now))
    }

    /// The news of which a delivery tells; event 0 is the receipt.
    pub(crate) async fn news_of(
        &self,
        district: &DistrictId,
        case: CaseId,
        event: u32,
    ) -> Result<Option<News>, NotifierError> {
        let Some(case) = self.cases.head(district, case).await? else {
            return Ok(None);
        };
        let event = match event {
            0 => None,
            number => self.cases.event(district, case.id, number).await?,
        };
        self.news(case, event).await.map(Some)
    }

    /// Puts the news into inboxes and begins its deliveries.
    pub(crate) async fn tell(&self, news: News) -> Result<(), NotifierError> {
        if news.is_stale() {
            tracing::info!(event = news.number(), "reminder overtaken, not sent");
            return Ok(());
        }
        self.tell_units(&news).await?;
        self.tell_people(&news).await
    }

    /// Tells the persons behind the addressees, each once and when it is time.
    async fn tell_people(&self, news: &News) -> Result<(), NotifierError> {
        let happened = news.happened();
        let now = self.clock.now();
        let mut due: Vec<(DeliveryKey, UnitId)> = Vec::new();
        for to in news.recipients(now) {
            if matches!(news.plan(&to, now), Plan::Now | Plan::WaitUntil(_)) {
                let person = Recipient::Staff(to.person.id.clone());
                for channel in self.channels_to(happened.district, &person).await? {
                    let key = happened.key(person.clone(), channel);
                    due.push((key, to.addressee.unit.clone()));
                }
            }
        }
        self.deliver_new(news, &due).await
    }

    /// What is to become of a delivery about news, as things stand.
    fn judge_news(&self, news: &News, key: &DeliveryKey, channel: ChannelName) -> Verdict {
        let now = self.clock.now();
        match &key.to {
            Recipient::Unit(unit) => {
                let mut audience = news.audience.iter();
                match audience.find(|to| to.unit == *unit) {
                    Some(to) if !news.is_stale() => {
                        self.notice(news, channel, to, to.urgency, Limit::None)
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
                        self.notice(news, channel, to.addressee, to.urgency, limit)
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
        channel: ChannelName,
        to: &Addressee,
        urgency: Urgency,
        limit: Limit,
    ) -> Verdict {
        let words = news.words(to, self.clock.now(), &self.public_url);
        let message = Message {
            number: Some(news.case.id.number()),
            is_critical: announcement::is_critical(urgency, news.case.tier),
            event: message::event(&news.case, news.event.as_ref(), &to.unit),
            ..Message::new(MessageKind::Notice, words)
        };
        let incident = announcement::incident(urgency, &news.case);
        let limit = match incident.filter(|_| channel.is_for_people()) {
            Some(incident) => Limit::of_incident(incident, &news.case),
            None => limit,
        };
        Verdict::Send(Box::new(message), limit)
    }
}
