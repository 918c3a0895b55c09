//! The partitions of the cases table: one spelling and one reading of each.
//!
//! What reads a foreign item (the due index, the stream) matches this enum without a wildcard, so that a new partition
//! cannot be forgotten there.

use std::fmt;

use zhitiao_domain::kernel::ids::{BudgetLineId, CaseId, DistrictId, InvalidId, UnitId};

/// What shares a partition key. The district is the first part of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Partition {
    /// A case: head, events, photos, queue entries.
    Case(DistrictId, CaseId),
    /// The reporter's contact details, and the log of who read them.
    Contact(DistrictId, CaseId),
    /// What was sent about a case, or about something else that has a name of its own.
    Sent(DistrictId, String),
    /// When the next digest is, and the digests that are asked for.
    Digests(DistrictId),
    /// What one receiver was sent hour by hour, and the incidents that they were told of.
    Rate(DistrictId, String),
    /// What is known of the district's channels.
    Channels(DistrictId),
    /// A unit's inbox.
    Inbox(DistrictId, UnitId),
    /// The recalculation of the open cases under a new calendar.
    Recalculation(DistrictId),
    /// What became of a budget line.
    Budget(DistrictId, BudgetLineId),
}

const CONTACT: &str = "CONTACT";
const SENT: &str = "SENT";
const DIGESTS: &str = "DIGEST";
const RATE: &str = "RATE";
const CHANNELS: &str = "CHANNELS";
const INBOX: &str = "INBOX";
const RECALCULATION: &str = "CALENDAR";
const BUDGET: &str = "BUDGET";

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Case(district, case) => write!(f, "{district}#{case}"),
            Self::Contact(district, case) => write!(f, "{district}#{CONTACT}#{case}"),
            Self::Sent(district, about) => write!(f, "{district}#{SENT}#{about}"),
            Self::Digests(district) => write!(f, "{district}#{DIGESTS}"),
            Self::Rate(district, to) => write!(f, "{district}#{RATE}#{to}"),
            Self::Channels(district) => write!(f, "{district}#{CHANNELS}"),
            Self::Inbox(district, unit) => write!(f, "{district}#{INBOX}#{unit}"),
            Self::Recalculation(district) => write!(f, "{district}#{RECALCULATION}"),
            Self::Budget(district, line) => write!(f, "{district}#{BUDGET}#{line}"),
        }
    }
}

impl Partition {
    /// Reads a partition key back.
    ///
    /// # Errors
    /// When the text is no partition of the cases table.
    pub fn parse(pk: &str) -> Result<Self, InvalidId> {
        let mut parts = pk.splitn(3, '#');
        let district = DistrictId::parse(parts.next().unwrap_or_default())?;
        Ok(match (parts.next(), parts.next()) {
            (Some(CONTACT), Some(case)) => Self::Contact(district, CaseId::parse(case)?),
            (Some(SENT), Some(about)) => Self::Sent(district, about.to_owned()),
            (Some(DIGESTS), None) => Self::Digests(district),
            (Some(RATE), Some(to)) => Self::Rate(district, to.to_owned()),
            (Some(CHANNELS), None) => Self::Channels(district),
            (Some(INBOX), Some(unit)) => Self::Inbox(district, UnitId::parse(unit)?),
            (Some(RECALCULATION), None) => Self::Recalculation(district),
            (Some(BUDGET), Some(line)) => Self::Budget(district, BudgetLineId::parse(line)?),
            (Some(case), None) => Self::Case(district, CaseId::parse(case)?),
            _ => return Err(InvalidId("partition key")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_partition_is_read_back_as_it_was_written() {
        let district = || DistrictId::parse("shinan").unwrap();
        let case = CaseId::parse("K7M39QXD").unwrap();
        let unit = UnitId::parse("huiquan").unwrap();
        let all = [
            Partition::Case(district(), case),
            Partition::Contact(district(), case),
            Partition::Sent(district(), "K7M39QXD".to_owned()),
            Partition::Sent(district(), "DIGEST".to_owned()),
            Partition::Digests(district()),
            Partition::Rate(district(), "wang.fang".to_owned()),
            Partition::Channels(district()),
            Partition::Inbox(district(), unit),
            Partition::Recalculation(district()),
            Partition::Budget(district(), BudgetLineId::parse("2027-pipes-18").unwrap()),
        ];
        for partition in all {
            assert_eq!(Partition::parse(&partition.to_string()), Ok(partition));
        }
    }

    #[test]
    fn a_key_of_another_table_or_kind_is_no_partition() {
        for foreign in [
            "shinan",
            "",
            "#",
            "shinan#",
            "shinan#Q#zhanshan",
            "shinan#AUDIT",
        ] {
            assert!(Partition::parse(foreign).is_err(), "{foreign}");
        }
    }
}
