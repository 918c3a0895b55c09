//! A member of staff who acts: the person, and the rulebook by which they act.

use std::sync::Arc;

use jiff::Timestamp;
use zhitiao_domain::case::Case;
use zhitiao_domain::case::rights::{self, Right};
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::kernel::ids::{CaseId, DistrictId, StaffId};
use zhitiao_domain::kernel::org::{Post, Staff};
use zhitiao_edge::{Problem, StaffCaller};
use zhitiao_store::{CasePage, CaseTable, Directory};

/// A member of staff who reads or changes cases now.
#[derive(Debug)]
pub struct StaffSession {
    /// The district.
    pub district: DistrictId,
    /// The person, with the posts in which they act now.
    pub staff: Staff,
    /// The rulebook of the district.
    pub rules: Arc<Rulebook>,
}

impl StaffSession {
    /// Looks up the caller in the directory, which is at most 60 s old.
    ///
    /// # Errors
    /// 403 for a sound token of another district, and for a person who is not in the directory (any more); 503 when the
    /// directory cannot be read.
    pub async fn open(
        directory: &Directory,
        district: &DistrictId,
        caller: &StaffCaller,
        now: Timestamp,
    ) -> Result<Self, Problem> {
        caller.require_district(district)?;
        let rules = directory.require_rulebook(district, now).await?;
        let staff = caller.person(&rules.org, now)?;
        Ok(Self {
            district: district.clone(),
            staff,
            rules,
        })
    }

    /// Whether the person has a right on the case.
    pub fn may(&self, right: Right, case: &Case) -> bool {
        rights::may(&self.rules.org, &self.staff, right, case)
    }

    /// The post in which the person has a right that covers the whole district.
    ///
    /// # Errors
    /// 403 when no post has it.
    pub fn require_district_post(&self, right: Right) -> Result<&Post, Problem> {
        rights::district_post(&self.staff, right).ok_or_else(Problem::forbidden)
    }

    /// The page of a case that the person may read.
    ///
    /// # Errors
    /// 404 when there is no such case, or when the person may not read it.
    pub async fn load_readable_case(
        &self,
        cases: &CaseTable,
        id: CaseId,
    ) -> Result<CasePage, Problem> {
        self.require_readable(self.load_case(cases, id).await?)
    }

    /// The head of a case that the person may read.
    ///
    /// # Errors
    /// 404 when there is no such case, or when the person may not read it.
    pub async fn load_readable_head(&self, cases: &CaseTable, id: CaseId) -> Result<Case, Problem> {
        let head = self.find_readable_head(cases, id).await?;
        head.ok_or_else(Problem::not_found)
    }

    /// The head of a case, or nothing when there is none that the person may read.
    pub(crate) async fn find_readable_head(
        &self,
        cases: &CaseTable,
        id: CaseId,
    ) -> Result<Option<Case>, Problem> {
        let head = cases.head(&self.district, id).await?;
        Ok(head.filter(|head| self.may(Right::Read, head)))
    }

    /// The page of a case, before it is decided what the person may see of it.
    pub(crate) async fn load_case(
        &self,
        cases: &CaseTable,
        id: CaseId,
    ) -> Result<CasePage, Problem> {
        let page = cases.page(&self.district, id).await?;
        page.ok_or_else(Problem::not_found)
    }

    /// The page, when the person may read the case; else the answer is as if there were none.
    pub(crate) fn require_readable(&self, page: CasePage) -> Result<CasePage, Problem> {
        let may_read = self.may(Right::Read, &page.case);
        may_read.then_some(page).ok_or_else(Problem::not_found)
    }

    /// The name of a colleague; the id when the directory does not have the person any more.
    pub fn name_of(&self, id: &StaffId) -> String {
        self.rules
            .org
            .staff(id)
            .map_or_else(|| id.to_string(), |person| person.name.clone())
    }
}
