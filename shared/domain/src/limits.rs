//! Every limit on what people hand in, in one place.

/// Characters (Unicode scalar values) in a report or a note to the resident.
pub const TEXT_CHARS: usize = 4_000;
/// Characters in a reason that staff give.
pub const REASON_CHARS: usize = 1_000;
/// Characters in an address or the name of a building.
pub const ADDRESS_CHARS: usize = 120;
/// Characters in a name left as contact.
pub const NAME_CHARS: usize = 40;
/// Photos with one report; evidence photos with one case as well.
pub const PHOTOS: usize = 9;
/// Bytes of one photo.
pub const PHOTO_BYTES: u32 = 10 * 1024 * 1024;
/// Pixels of one photo.
pub const PHOTO_PIXELS: u64 = 8192 * 8192;
/// Pixels of a photo's longest side.
pub const PHOTO_SIDE: u32 = 30_000;
/// Rows on one page of a list.
pub const PAGE_ROWS: usize = 100;
/// Rows on a page when the caller names no number.
pub const DEFAULT_PAGE_ROWS: usize = 20;
/// From the third dispatch on, the desk designates a unit and it cannot be returned (Tianjin's implementing rules).
pub const DISPATCHES_UNTIL_DESIGNATED: u8 = 3;
/// Days until a hold must be reviewed.
pub const HOLD_REVIEW_DAYS: i64 = 30;
/// Working days until a hold that waits for the resident must be reviewed.
pub const RESIDENT_REVIEW_WORK_DAYS: u32 = 5;
/// Days that a case may wait for money, all its holds together, before a leader must have signed for it.
pub const BUDGET_HOLD_DAYS: i64 = 60;
/// Times that a case is reopened until supervision is proposed by itself.
pub const REOPENED_UNTIL_SUPERVISED: u8 = 2;
/// Parts into which one case may be split.
pub const PARTS: usize = 5;
/// Units that may help with one case.
pub const CO_HANDLERS: usize = 5;
/// Days ahead for which a visit may be agreed.
pub const VISIT_DAYS_AHEAD: i64 = 30;
/// Hours of the longest slot for a visit.
pub const VISIT_SLOT_HOURS: i64 = 12;
/// Posts of one person.
pub const POSTS: usize = 20;
/// Spans of days on which one person is away.
pub const ABSENCES: usize = 50;
/// The most messages of one hour that a person may ask for.
pub const PER_HOUR: u8 = 60;
/// Characters that say where a calendar comes from.
pub const SOURCE_CHARS: usize = 200;
/// Years of one calendar.
pub const CALENDAR_YEARS: usize = 50;
/// Tries for one delivery before it is parked.
pub const DELIVERY_TRIES: u32 = 3;
/// Messages to one person in one hour; what is more is folded into one.
pub const IMMEDIATE_PER_HOUR: u8 = 6;
/// Cases that one digest names; the rest is counted.
pub const DIGEST_LINES: usize = 20;
