//! Parts end with their whole: a part of a case that has ended would be reminded of and would answer to no unit.

use super::{DecisionContext, Refusal};
use crate::case::event::EventKind;
use crate::case::evidence;
use crate::case::overdue::is_owed;
use crate::case::state::State;
use crate::case::{Author, Case, Change};

impl Case {
    /// The changes by which the open parts end with a case that has just ended, in the same way and with the same
    /// words.
    ///
    /// A case is closed only when its parts are done, like itself: whatever is refused, merged or taken back is over
    /// however far its parts are.
    pub(super) fn end_parts(
        &self,
        kind: &EventKind,
        author: &Author,
        context: &DecisionContext<'_>,
    ) -> Result<Vec<Change>, Refusal> {
        if self.state.is_open() {
            return Ok(Vec::new());
        }
        let open = context.parts.iter().filter(|part| part.state.is_open());
        open.map(|part| part.end_with(self.state, kind.clone(), author, context))
            .collect()
    }

    fn end_with(
        &self,
        state: State,
        kind: EventKind,
        author: &Author,
        context: &DecisionContext<'_>,
    ) -> Result<Change, Refusal> {
        let is_signed_off = self
            .supervision
            .as_ref()
            .is_none_or(|order| order.signed_off);
        if state == State::Closed && (is_owed(self.state) || !is_signed_off) {
            return Err(Refusal::NotNow("parts_undone"));
        }
        let at = self.event_time(context.now);
        let mut after = self.clone();
        after.state = state;
        after.finish(at);
        after.version += 1;
        after.rev += 1;
        after.recompute(context.rules);
        Ok(self.changed_to(after, at, author.clone(), kind, context.rules))
    }

    /// A part goes on only while its whole does: what has ended is reopened as a whole.
    pub(super) fn reopen_part(
        &self,
        reason: String,
        context: &DecisionContext<'_>,
    ) -> Result<EventKind, Refusal> {
        let goes_on = |whole: Option<&Self>| whole.is_some_and(|whole| whole.state.is_open());
        if self.parent.is_some() && !goes_on(context.target) {
            return Err(Refusal::NotNow("whole_ended"));
        }
        Ok(EventKind::Reopened {
            reason,
            evidence: Some(evidence::ready(context.photos)),
        })
    }
}
