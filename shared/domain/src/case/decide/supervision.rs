//! Supervision: asked for, signed word by word, and signed off at the end.

use super::{Actor, Refusal, field};
use crate::case::Case;
use crate::case::event::EventKind;
use crate::case::proposal::{Ask, Matter};
use crate::case::statements::{order_statement, sign_off_statement};
use crate::case::supervision::{Signature, Supervision, sha256_hex};
use crate::case::timers::ClockKind;
use crate::kernel::input::{is_same_name, normalize_line};
use crate::kernel::org::OrgChart;

impl Case {
    pub(super) fn ask_to_supervise(
        &mut self,
        reason: String,
        actor: Actor<'_>,
    ) -> Result<EventKind, Refusal> {
        if self.supervision.is_some() {
            return Err(Refusal::NotNow("already_supervised"));
        }
        // What the rules asked for by themselves, a person may ask for in words of their own.
        self.proposals.retain(|proposal| {
            proposal.ask.matter() != Matter::Supervision || proposal.by.is_some()
        });
        self.propose(Ask::Supervision, reason, actor)
    }

    /// The signer names the words that were read by their hash, so that no leader signs what has changed meanwhile.
    pub(super) fn sign(
        &mut self,
        name: &str,
        sha256: &str,
        actor: Actor<'_>,
        org: &OrgChart,
    ) -> Result<EventKind, Refusal> {
        let proposal = self
            .proposal(Matter::Supervision)
            .cloned()
            .ok_or(Refusal::NotNow("nothing_proposed"))?;
        if proposal.by.as_ref() == Some(&actor.staff.id) {
            return Err(Refusal::NotNow("same_person"));
        }
        let words = order_statement(self, &proposal, org);
        if sha256 != sha256_hex(&words) {
            return Err(field("sha256", "not_what_is_signed"));
        }
        let signature = signature(name, &words, actor)?;
        self.proposals
            .retain(|proposal| proposal.ask.matter() != Matter::Supervision);
        self.supervision = Some(Supervision {
            order: self.rev + 1,
            signed_by: actor.staff.id.clone(),
            unit: actor.post.unit.clone(),
            at: actor.now,
            resolved_by: None,
            signed_off: false,
        });
        self.timers.start(ClockKind::Supervision, actor.now);
        Ok(EventKind::SupervisionOrdered {
            reason: proposal.reason,
            proposer: proposal.by,
            words,
            signature,
        })
    }

    pub(super) fn sign_off(
        &mut self,
        name: &str,
        statement: String,
        actor: Actor<'_>,
    ) -> Result<EventKind, Refusal> {
        let words = sign_off_statement(self, &statement);
        let order = self
            .supervision
            .as_mut()
            .filter(|order| !order.signed_off)
            .ok_or(Refusal::NotNow("not_supervised"))?;
        if order.resolved_by.as_ref() == Some(&actor.staff.id) {
            return Err(Refusal::NotNow("same_person"));
        }
        let signature = signature(name, &words, actor)?;
        order.signed_off = true;
        self.timers.drop(ClockKind::Supervision);
        Ok(EventKind::SignedOff {
            statement,
            words,
            signature,
        })
    }

    /// A supervised case is closed only after a leader has signed it off.
    pub(super) fn check_signed_off(&self, closed: EventKind) -> Result<EventKind, Refusal> {
        match &self.supervision {
            Some(order) if !order.signed_off => Err(Refusal::NotNow("not_signed_off")),
            _ => Ok(closed),
        }
    }
}

/// The signature of the person who acts. The name must be that person's, however it is spelled; the signature has it as
/// the directory does.
fn signature(name: &str, words: &str, actor: Actor<'_>) -> Result<Signature, Refusal> {
    let own = &actor.staff.name;
    if !is_same_name(name, own) {
        return Err(field("name", "not_your_name"));
    }
    Ok(Signature {
        staff: actor.staff.id.clone(),
        name: normalize_line(own),
        role: actor.post.role,
        unit: actor.post.unit.clone(),
        at: actor.now,
        sha256: sha256_hex(words),
    })
}
