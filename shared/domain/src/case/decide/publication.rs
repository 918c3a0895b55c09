//! Publication: what of a case everyone sees, and what is taken from view again.

use std::collections::BTreeSet;

use super::{DecisionContext, Refusal, field};
use crate::case::Case;
use crate::case::event::EventKind;
use crate::case::publication::{
    Publication, PublicationRequest, PublicationStep, ready_from_reporter,
};

impl Case {
    /// What everyone sees once the case is triaged; `None` when triage leaves that as it is.
    pub(super) fn publication_by_triage(
        &self,
        publish: bool,
        named: Option<BTreeSet<u8>>,
        context: &DecisionContext<'_>,
    ) -> Result<Option<Publication>, Refusal> {
        self.check_consent(publish)?;
        let mut publication = Publication::of(context.events, context.photos);
        if !publish && named.is_none() {
            return Ok(None);
        }
        self.choose(&mut publication, named, context)?;
        Ok(Some(publication))
    }

    /// In any state: a case, a photo or an answer can leave the board whenever the desk finds that it must.
    pub(super) fn publish(
        &mut self,
        request: PublicationRequest,
        context: &DecisionContext<'_>,
    ) -> Result<EventKind, Refusal> {
        let PublicationRequest {
            publish,
            photos: named,
            hidden_photos,
            hidden_events,
            reason,
        } = request;
        self.check_consent(publish)?;
        let before = Publication::of(context.events, context.photos);
        let mut after = before.clone();
        if let Some(numbers) = hidden_photos {
            self.check_announced(&numbers, context)?;
            after.hidden_photos = numbers;
        }
        if let Some(numbers) = hidden_events {
            self.check_events(&numbers)?;
            after.hidden_events = numbers;
        }
        if named.is_some() || (publish && !self.published) {
            self.choose(&mut after, named, context)?;
        }
        let step = step((self.published, &before), (publish, &after));
        let takes_away = matches!(step, PublicationStep::Unpublished | PublicationStep::Hidden);
        if takes_away && reason.as_deref().is_none_or(str::is_empty) {
            return Err(field("reason", "required_when_hidden"));
        }
        self.published = publish;
        Ok(EventKind::PublicationChanged {
            step,
            published: publish,
            publication: after,
            reason,
        })
    }

    fn check_consent(&self, publish: bool) -> Result<(), Refusal> {
        if publish && !self.report.consents.publish {
            return Err(field("publish", "no_consent"));
        }
        Ok(())
    }

    fn check_announced(
        &self,
        numbers: &BTreeSet<u8>,
        context: &DecisionContext<'_>,
    ) -> Result<(), Refusal> {
        let fault = |number: &u8| self.photo_fault(*number, context.photos, context.now);
        if numbers
            .iter()
            .filter_map(fault)
            .any(|code| code == "photo_missing")
        {
            return Err(field("hidden_photos", "photo_missing"));
        }
        Ok(())
    }

    fn check_events(&self, numbers: &BTreeSet<u32>) -> Result<(), Refusal> {
        if !numbers.iter().all(|number| (1..=self.rev).contains(number)) {
            return Err(field("hidden_events", "no_such_event"));
        }
        Ok(())
    }

    /// Chooses the photos that everyone sees: the named ones, or else those that were ready on the version that the
    /// desk acts on. A photo that is hidden stays hidden.
    fn choose(
        &self,
        publication: &mut Publication,
        named: Option<BTreeSet<u8>>,
        context: &DecisionContext<'_>,
    ) -> Result<(), Refusal> {
        let (photos, now) = (context.photos, context.now);
        let chosen = match named {
            None => publication.photos_looked_at(photos),
            Some(named) => {
                let fault = |number: &u8| self.photo_fault(*number, photos, now);
                if let Some(code) = named.iter().find_map(fault) {
                    let field = "photos";
                    return Err(Refusal::Field { field, code });
                }
                if !named.is_disjoint(&publication.hidden_photos) {
                    return Err(field("photos", "photo_hidden"));
                }
                named
            }
        };
        publication.photos = &chosen - &publication.hidden_photos;
        publication.withheld = &ready_from_reporter(photos) - &publication.photos;
        Ok(())
    }
}

fn step(
    (was_published, before): (bool, &Publication),
    (published, after): (bool, &Publication),
) -> PublicationStep {
    let shown = |publication: &Publication| &publication.photos - &publication.hidden_photos;
    let hides_photo = !after.hidden_photos.is_subset(&before.hidden_photos)
        || (was_published && !shown(before).is_subset(&shown(after)));
    let hides_words = !after.hidden_events.is_subset(&before.hidden_events);
    match (was_published, published) {
        (true, false) => PublicationStep::Unpublished,
        _ if hides_photo || hides_words => PublicationStep::Hidden,
        (false, true) => PublicationStep::Published,
        _ => PublicationStep::Updated,
    }
}
