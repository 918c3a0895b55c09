//! Roles: as what a person works in a unit, and which of them lead it.

use serde::{Deserialize, Serialize};

/// What a person does in a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 网格员: walks a grid and files paper slips for residents.
    GridWorker,
    /// Runs the back office of a unit: collects, triages, deals out.
    DeskOfficer,
    /// Does the work in a unit.
    Handler,
    /// 社区主任.
    CommunityDirector,
    /// 街道办主任.
    SubdistrictDirector,
    /// 街道书记.
    SubdistrictSecretary,
    /// Head of a district department.
    DepartmentHead,
    /// A department's contact for the subdistricts.
    DepartmentLiaison,
    /// 服务队员: goes to the home.
    TeamMember,
    /// 督办: watches over what is stuck, for the district.
    DistrictSupervisor,
    /// Runs the service itself; sees no cases.
    Operator,
}

impl Role {
    /// Every role, for tables and tests.
    pub const ALL: [Self; 11] = [
        Self::GridWorker,
        Self::DeskOfficer,
        Self::Handler,
        Self::CommunityDirector,
        Self::SubdistrictDirector,
        Self::SubdistrictSecretary,
        Self::DepartmentHead,
        Self::DepartmentLiaison,
        Self::TeamMember,
        Self::DistrictSupervisor,
        Self::Operator,
    ];

    /// Whether the role leads others: it hears of what is late and of danger, and of nothing else in person.
    pub fn is_leader(self) -> bool {
        matches!(
            self,
            Self::CommunityDirector
                | Self::SubdistrictDirector
                | Self::SubdistrictSecretary
                | Self::DepartmentHead
                | Self::DistrictSupervisor
        )
    }

    /// Whether the role does the work that a unit is given.
    pub fn is_doer(self) -> bool {
        matches!(
            self,
            Self::Handler | Self::DepartmentLiaison | Self::TeamMember
        )
    }

    /// How high a role stands where something must be granted by a superior; nothing for those who grant nothing.
    pub fn rank(self) -> Option<u8> {
        match self {
            Self::CommunityDirector => Some(1),
            Self::SubdistrictDirector | Self::DepartmentHead => Some(2),
            Self::SubdistrictSecretary | Self::DistrictSupervisor => Some(3),
            _ => None,
        }
    }
}
