//! In which lists a case stands: computed from the case and the org chart.

use crate::case::Case;
use crate::case::listing::Listing;
use crate::case::rulebook::Rulebook;
use crate::kernel::ids::UnitId;
use crate::kernel::org::UnitKind;

impl Case {
    /// Where the case stands in the lists by these rules.
    pub fn listing(&self, rules: &Rulebook) -> Listing {
        let community = &self.report.place.community;
        let subdistrict = rules.org.ancestor(community, UnitKind::Subdistrict);
        Listing {
            subdistrict: subdistrict.map_or(community, |unit| &unit.id).clone(),
            next_at: self.next_at(rules),
            outside_units: self.outside_units(rules),
        }
    }

    fn outside_units(&self, rules: &Rulebook) -> Vec<UnitId> {
        if !self.state.is_open() {
            return Vec::new();
        }
        let assigned = self.assignment.as_ref().map(|with| &with.unit);
        let helpers = self.co_handlers.iter().filter(|helper| !helper.done);
        let units = assigned
            .into_iter()
            .chain(self.awaited_unit())
            .chain(helpers.map(|helper| &helper.unit));
        let is_outside = |unit: &&UnitId| {
            let kind = rules.org.unit(unit).map(|unit| unit.kind);
            matches!(kind, Some(UnitKind::Department | UnitKind::Team))
        };
        units.filter(is_outside).cloned().collect()
    }
}
