//! Places with a code: what a report says of one is held against the directory.

use zhitiao_domain::kernel::ids::DistrictId;
use zhitiao_edge::{FieldError, Problem};
use zhitiao_store::Directory;

use crate::intake::NewReport;

/// Holds a report against the place whose code it names, and takes from the place what the reporter left out: the
/// address.
///
/// # Errors
/// 400 when no place has the code, or one of another community; 503 when the directory cannot be read.
pub async fn complete(
    directory: &Directory,
    district: &DistrictId,
    mut report: NewReport,
) -> Result<NewReport, Problem> {
    let Some(code) = report.place.code else {
        return Ok(report);
    };
    let found = directory.place(district, code).await?;
    let place = found.ok_or_else(|| refused(FieldError::new("place.code", "not_recognized")))?;
    if place.community != report.place.community {
        return Err(refused(FieldError::new(
            "place.code",
            "of_another_community",
        )));
    }
    report.place.address = report.place.address.or(Some(place.address));
    Ok(report)
}

fn refused(fault: FieldError) -> Problem {
    Problem::invalid_fields(vec![fault])
}
