//! What a stored delivery is about: the one place where the matters of all contexts are told apart.

use zhitiao_domain::kernel::reference::AggregateRef;
use zhitiao_store::notify::delivery::{About, Delivery, Recipient};

use crate::deliver::Matter;
use crate::held_back::{OfHour, OfIncident};
use crate::{Notifier, NotifierError};

impl Notifier {
    /// Makes a delivery that the sweep asks for: its time has come, or it failed before.
    pub(crate) async fn deliver_asked(&self, asked: &Delivery) -> Result<(), NotifierError> {
        match self.matter_of(asked).await? {
            Some(matter) => self.deliver(matter.as_ref(), asked).await,
            None => self.drop_delivery(&asked.key()?, asked).await,
        }
    }

    /// `None` when what the delivery is about is gone.
    async fn matter_of(&self, asked: &Delivery) -> Result<Option<Box<dyn Matter>>, NotifierError> {
        let key = asked.key()?;
        let district = &key.district;
        Ok(match (key.about, &key.to) {
            (About::Event(AggregateRef::Case(case), event), _) => {
                boxed(self.stored_case_notice(district, case, event).await?)
            }
            (About::Digest(day), _) => boxed(self.desk_of(district, day, &asked.unit()?).await?),
            (About::Folded(hour), Recipient::Staff(person)) => {
                let count = match asked.count {
                    Some(count) => count,
                    None => self.notifications.held_back(district, person, hour).await?,
                };
                boxed(Some(OfHour(count)))
            }
            (About::Folded(_), Recipient::Unit(_)) => None,
            (About::Incident(case, _), _) => {
                let matter = self.stored_case_notice(district, case, 0).await?;
                let count = asked.count.unwrap_or_default();
                boxed(matter.map(|matter| OfIncident(count, matter)))
            }
        })
    }
}

fn boxed<M: Matter + 'static>(matter: Option<M>) -> Option<Box<dyn Matter>> {
    matter.map(|matter| -> Box<dyn Matter> { Box::new(matter) })
}
