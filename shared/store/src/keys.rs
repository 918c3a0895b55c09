//! The only place that spells a sort key or an index partition; [`Partition`](crate::partition::Partition) spells the
//! partitions. The district is the first part of every index partition but that of `due`.

use jiff::Timestamp;
use jiff::civil::Date;

use zhitiao_domain::kernel::calendar::OFFSET;
use zhitiao_domain::kernel::ids::{DistrictId, InvalidId, StaffId, UnitId};
use zhitiao_domain::kernel::place::PlaceCode;
use zhitiao_domain::notify::channel::ChannelName;

/// Sort key of the head of a partition.
pub const HEAD: &str = "#";
/// Prefix of a case's events.
pub const EVENT: &str = "EVENT#";
/// Prefix of a case's photos.
pub const PHOTO: &str = "PHOTO#";
/// Prefix of a case's deliveries.
pub const DELIVERY: &str = "DELIVERY#";

/// Prefix of the digests that are asked for.
pub const DIGEST: &str = "DIGEST#";
/// Sort key of the item that says when the next digest is.
pub const NEXT: &str = "NEXT";

/// How many shards the `due` index has. One carries 500 index writes a second, a city's load; raise it before that.
pub const DUE_SHARDS: u32 = 1;

/// Sort key of event `number`.
pub fn event(number: u32) -> String {
    format!("{EVENT}{number:08}")
}

/// Sort key of photo `number`.
pub fn photo(number: u8) -> String {
    format!("{PHOTO}{number:02}")
}

/// Sort key of the item that puts a case into a department's or team's queue.
pub fn assignment(unit: &UnitId) -> String {
    format!("ASSIGN#{unit}")
}

/// Sort key of the item that lists a case among those on hold.
pub const HELD: &str = "HELD";

/// Sort key of the item that lists a case among those supervised.
pub const SUPERVISED: &str = "SUPERVISED";

/// Prefix of the log of who read the contact details.
pub const READING: &str = "READ#";

/// Sort key of one reading.
pub fn reading(at: Timestamp, by: &StaffId) -> String {
    format!("{READING}{}#{by}", stamp(at))
}

/// Reads the moment of [`reading`] back.
///
/// # Errors
/// When the text is not such a key.
pub fn parse_reading(sk: &str) -> Result<Timestamp, InvalidId> {
    let rest = sk
        .strip_prefix(READING)
        .and_then(|rest| rest.split_once('#'));
    parse_stamp(rest.ok_or(InvalidId("reading key"))?.0)
}

/// Sort key of one delivery: which message, to whom, over which channel.
pub fn delivery(message: &str, to: &str, channel: &str) -> String {
    format!("{DELIVERY}{message}#{to}#{channel}")
}

/// Sort key of a unit's digest of a day.
pub fn digest(day: Date, unit: &UnitId) -> String {
    format!("{DIGEST}{day}#{unit}")
}

/// Sort key of what was told of an incident over a channel: its community and its category, which may be empty.
pub fn incident(community: &UnitId, category: &str, channel: &str) -> String {
    format!("INCIDENT#{community}#{category}#{channel}")
}

/// Reads [`incident`] back; nothing when it is another kind of key.
pub fn parse_incident(sk: &str) -> Option<(&str, &str, &str)> {
    let (community, rest) = sk.strip_prefix("INCIDENT#")?.split_once('#')?;
    let (category, channel) = rest.split_once('#')?;
    Some((community, category, channel))
}

/// Sort key of the units that could be told outside the house.
pub const REACHED: &str = "REACHED";

/// A moment in a key: 13 digits, which sort as time does.
pub fn stamp(at: Timestamp) -> String {
    format!("{:013}", at.as_millisecond())
}

/// Reads [`stamp`] back.
///
/// # Errors
/// When the text is not such a moment.
pub fn parse_stamp(text: &str) -> Result<Timestamp, InvalidId> {
    let millis = text.parse().ok();
    millis
        .and_then(|millis| Timestamp::from_millisecond(millis).ok())
        .ok_or(InvalidId("moment"))
}

/// Sort key of the recalculation of the open cases.
pub const RECALCULATION: &str = "RECOUNT";

/// Sort key of a unit in the directory.
pub fn unit(id: &UnitId) -> String {
    format!("UNIT#{id}")
}

/// What the sort keys of all staff begin with.
pub const STAFF: &str = "STAFF#";

/// The first sort key behind those of all staff: `$` follows `#`.
pub const AFTER_STAFF: &str = "STAFF$";

/// Sort key of a member of staff in the directory.
pub fn staff(id: &StaffId) -> String {
    format!("{STAFF}{id}")
}

/// Sort key of a version of the calendar in the directory.
pub fn calendar(version: u32) -> String {
    format!("CALENDAR#{version:06}")
}

/// Partition of the log of the directory's changes: one of its own, so that loading the directory stays one query.
pub fn changes(district: &DistrictId) -> String {
    format!("{district}#AUDIT")
}

/// Sort key of change `number`.
pub fn change(number: u64) -> String {
    format!("CHANGE#{number:010}")
}

/// Partition of the channels of the district's units: one of its own, so that nobody loads keys with the directory.
pub fn channels(district: &DistrictId) -> String {
    format!("{district}#CHANNELS")
}

/// What the sort keys of a unit's channels begin with.
pub fn channels_of(unit: &UnitId) -> String {
    format!("{unit}#")
}

/// Sort key of a unit's channel.
pub fn channel(unit: &UnitId, name: ChannelName) -> String {
    format!("{}{name}", channels_of(unit))
}

/// Partition of the places with a code: one of its own, so that loading the directory stays one query.
pub fn places(district: &DistrictId) -> String {
    format!("{district}#PLACES")
}

/// Sort key of a place.
pub fn place(code: PlaceCode) -> String {
    format!("PLACE#{}", code.as_str())
}

/// Index `queue`: open cases of a subdistrict.
pub fn open_queue(district: &DistrictId, subdistrict: &UnitId) -> String {
    format!("{district}#Q#{subdistrict}")
}

/// Index `queue`: cases of a subdistrict that ended in the month of `at` (Asia/Shanghai).
pub fn done_queue(district: &DistrictId, subdistrict: &UnitId, at: Timestamp) -> String {
    format!("{district}#DONE#{subdistrict}#{}", month(at))
}

/// Index `queue`: what a department or team has, helps with or is waited for.
pub fn unit_queue(district: &DistrictId, unit: &UnitId) -> String {
    format!("{district}#U#{unit}")
}

/// Index `queue`: cases of a subdistrict on hold.
pub fn holds(district: &DistrictId, subdistrict: &UnitId) -> String {
    format!("{district}#H#{subdistrict}")
}

/// Index `queue`: supervised cases of a subdistrict.
pub fn supervised(district: &DistrictId, subdistrict: &UnitId) -> String {
    format!("{district}#S#{subdistrict}")
}

/// Index `queue`: parked deliveries to a unit.
pub fn parked_queue(district: &DistrictId, unit: &UnitId) -> String {
    format!("{district}#PARKED#{unit}")
}

/// Index `board`: public cases of a community received in a month.
pub fn board(district: &DistrictId, community: &UnitId, month: &str) -> String {
    format!("{district}#B#{community}#{month}")
}

/// Index `due`: the shard of a case, or of something else that has a name of its own.
pub fn due_shard(name: &str) -> String {
    due_shard_number(shard_of(name, DUE_SHARDS))
}

/// Case ids are hash bits already; the sum only brings all their characters in.
fn shard_of(name: &str, shards: u32) -> u32 {
    name.bytes().map(u32::from).sum::<u32>() % shards
}

/// Index `due`: shard `number`.
pub fn due_shard_number(number: u32) -> String {
    format!("D#{number}")
}

/// The month of a moment in Asia/Shanghai, `202611`.
pub fn month(at: Timestamp) -> String {
    OFFSET.to_datetime(at).strftime("%Y%m").to_string()
}
