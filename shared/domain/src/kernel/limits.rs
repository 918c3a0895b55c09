//! Every limit on what people hand in, in one place.

/// Characters (Unicode scalar values) in a report or a note to the resident.
pub const TEXT_CHARS: usize = 4_000;
/// Characters in a reason that staff give.
pub const REASON_CHARS: usize = 1_000;
/// Characters in an address or the name of a building.
pub const ADDRESS_CHARS: usize = 120;
/// Characters in a person's name.
pub const NAME_CHARS: usize = 40;
/// Characters in the name of a unit or category, in each language.
pub const TITLE_CHARS: usize = 80;
/// Characters of a telephone number as people write it.
pub const PHONE_CHARS: usize = 40;
/// Telephones that a unit lists on its pages.
pub const LISTED_PHONES: usize = 8;
/// Characters of the logo of a unit.
pub const LOGO_CHARS: usize = 2;
/// Characters of a unit's words to residents, in each language.
pub const WELCOME_CHARS: usize = 300;
/// Photos with one report; evidence photos with one case as well.
pub const PHOTOS: usize = 9;
/// Minutes for which a permission to upload a photo is valid.
pub const UPLOAD_MINUTES: u64 = 15;
/// What a reporter may write to one case on one day: answers and announcements of photos.
pub const REPLIES_A_DAY: usize = 30;
/// Minutes after the receipt in which a reporter may put right what was written.
pub const CORRECTION_MINUTES: i64 = 10;
/// Days after the end of the work in which the reporter may judge it.
pub const JUDGED_DAYS: i64 = 14;
/// Days after the receipt of a report in which the reporter may ask for new permissions to upload its photos.
pub const UPLOAD_DAYS: i64 = 3;
/// Events of one case whose words may be hidden.
pub const HIDDEN_EVENTS: usize = 100;
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
/// Days that a slip or a call may have waited until it is entered.
pub const DAYS_UNTIL_ENTERED: i64 = 7;
