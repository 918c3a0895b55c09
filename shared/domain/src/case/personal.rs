//! Where a text seems to name a person, a flat or a number that leads to a person: what the desk should look at before
//! a case goes on the public board, and what the public never reads.
//!
//! The patterns are deliberately narrow: a warning that is wrong every time is soon ignored. They find hints and prove
//! nothing; the desk decides.

use std::sync::LazyLock;

use regex_lite::{Captures, Regex};
use serde::Serialize;

/// What a place in a text seems to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonalKind {
    /// A telephone number.
    Phone,
    /// The number of an identity card (GB 11643-1999: 18 characters with a date of birth).
    IdentityCard,
    /// A number plate (GA 36-2018).
    Plate,
    /// A flat or room.
    Room,
    /// A name, after words that introduce one.
    Name,
    /// The name of an account: WeChat, QQ, an e-mail address.
    Account,
    /// The number of a bank card (ISO/IEC 7812: 16 to 19 digits with a check digit).
    BankCard,
}

impl PersonalKind {
    /// Every kind, for tables and tests.
    pub const ALL: [Self; 7] = [
        Self::Phone,
        Self::IdentityCard,
        Self::Plate,
        Self::Room,
        Self::Name,
        Self::Account,
        Self::BankCard,
    ];

    /// The stable code of its text.
    pub fn code(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::IdentityCard => "identity_card",
            Self::Plate => "plate",
            Self::Room => "room",
            Self::Name => "name",
            Self::Account => "account",
            Self::BankCard => "bank_card",
        }
    }

    /// Digits that a place has at least.
    fn digits(self) -> usize {
        match self {
            Self::Phone => 7,
            Self::IdentityCard => 15,
            Self::BankCard => 16,
            Self::Plate | Self::Room => 1,
            Self::Name | Self::Account => 0,
        }
    }

    /// The patterns over text as [`folded`] leaves it; where there is a group, only the group is the place.
    fn patterns(self) -> Vec<String> {
        match self {
            Self::Phone => PHONES.map(str::to_owned).to_vec(),
            Self::IdentityCard => IDENTITY_CARDS.map(str::to_owned).to_vec(),
            Self::Plate => vec![PLATE.to_owned()],
            Self::Room => ROOMS.map(str::to_owned).to_vec(),
            Self::Name => INTRODUCTIONS
                .map(|(before, after)| {
                    format!("{before}({SURNAME}[\u{4e00}-\u{9fff}]{{1,2}}){after}")
                })
                .into_iter()
                .chain([NAME_IN_ENGLISH.to_owned()])
                .collect(),
            Self::Account => ACCOUNTS.map(str::to_owned).to_vec(),
            Self::BankCard => vec![BANK_CARD.to_owned()],
        }
    }
}

/// Telephone numbers: of a mobile with every usual grouping, in Chinese numerals, of a landline, and a local number
/// behind a word that introduces one.
const PHONES: [&str; 5] = [
    r"(?:\+?86[ -]?)?1[3-9][0-9](?:[ .-]?[0-9]{4}){2}",
    r"1[3-9][0-9](?:[ -][0-9]{2}){4}|1[3-9][0-9]{2}[ -][0-9]{3}[ -][0-9]{4}",
    r"[一幺][三四五六七八九](?:[ -]?[〇零一幺二三四五六七八九]){9}",
    r"\(?0[0-9]{2,3}\)?[ -]?(?:[0-9]{7,8}|[0-9]{4}[ -][0-9]{3,4})",
    r"(?:电话|座机|手机|联系方式|致电|回电)(?:号码?)?(?:是|为)?[: ]*([0-9]{7,8}|[0-9]{4}[ -][0-9]{4})",
];

const IDENTITY_CARDS: [&str; 2] = [
    r"[1-9][0-9]{5}[ -]?(?:18|19|20)[0-9]{2}[ -]?(?:0[1-9]|1[0-2])[ -]?(?:0[1-9]|[12][0-9]|3[01])[ -]?[0-9]{3}[0-9X]",
    r"身份证(?:号码?)?(?:是|为)?[: ]*([0-9]{15})",
];

const PLATE: &str = r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][·•・‧. -]?[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳]";

/// Flats: by entrance, by their number with a word of what it is, by storey and side, as house-entrance-flat, and where
/// a person says to live.
const ROOMS: [&str; 6] = [
    r"[0-9〇零一二三四五六七八九十]{0,3}(?:单元|栋|幢|座|号楼)[ -]?[0-9〇零一二三四五六七八九]{3,4}[室户]?",
    r"[0-9〇零一二三四五六七八九]{3,4}室",
    r"[0-9一二三四五六七八九十]{1,3}[楼层][东西南北中]户",
    r"[0-9]{1,3}-[0-9]{1,2}-[0-9]{3,4}",
    r"(?:住在?|楼上|楼下|对门|隔壁)[ ]?([0-9]{3,4})",
    r"(?:FLAT|ROOM|APT|APARTMENT)[. ]+(?:NO[. ]+)?[0-9]{3,4}",
];

/// Words before a name, and what must follow where the words alone are too weak.
const INTRODUCTIONS: [(&str, &str); 3] = [
    (
        "(?:我叫|我的名字(?:叫|是)|本人叫|名叫|姓名|联系人|户主|签名|落款)(?:是|为|叫)?[: ]*",
        "",
    ),
    (
        "(?:我是|本人|业主|住户|租户|邻居|报修人|反映人|当事人)[: ]*",
        "(?:[,。;、!?:( ]|$|住|家|电话|手机|反映|说)",
    ),
    (
        "(?:找|请联系|联系)[: ]*",
        "(?:[,。;、!?:( ]|$|电话|手机|[0-9])",
    ),
];

const NAME_IN_ENGLISH: &str = r"MY NAME IS ([A-Z]+(?:[ -][A-Z]+)?)";

/// Surnames: the frequent ones of two characters, and those of one.
const SURNAME: &str = "(?:欧阳|司马|上官|诸葛|皇甫|尉迟|公孙|慕容|令狐|夏侯|[赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏窦章苏潘葛范彭郎鲁韦马苗凤花俞任袁柳鲍史唐费薛雷贺倪汤殷罗毕郝安常于傅齐康伍余顾孟黄穆萧尹姚邵汪祁毛狄米臧戴宋庞熊纪舒屈项祝董梁杜阮蓝季贾江郭梅林钟徐邱骆高夏蔡田樊胡凌霍万柯管卢莫房解应丁宣邓单洪包左石崔吉龚程邢裴陆翁荀惠曲封储靳段焦谷车侯全班秋仲宫宁仇甘武刘景詹束龙叶司黎白蒲赖卓蔺屠池乔阴翟谭冉桑桂牛尚温庄晏柴瞿阎习艾鱼容向古易廖耿满弘匡国文寇广欧沃利蔚越隆师巩聂辛阚简饶曾沙丰关查荆游权盖益岳帅代肖付闫])";

/// Words that begin like a name behind [`INTRODUCTIONS`] and are none.
const NO_NAMES: [&str; 26] = [
    "车主",
    "房主",
    "房东",
    "司机",
    "师傅",
    "管理员",
    "管理",
    "管家",
    "安全员",
    "单位",
    "单身",
    "单亲",
    "农民",
    "家长",
    "高中生",
    "高三",
    "常住",
    "物业",
    "水电工",
    "电工",
    "石老人",
    "吉林人",
    "江苏人",
    "安徽人",
    "江西人",
    "云南人",
];

/// What a number counts when it is no flat.
const COUNTED: &str = "米元年户人次层天号路月日平块棵只条多";

/// Characters of the longest of [`OTHER_NUMBERS`].
const LONGEST_WORD: usize = 3;

/// Words before numbers of contracts, invoices and parcels.
const OTHER_NUMBERS: [&str; 4] = ["代码", "编号", "单号", "合同号"];

const ACCOUNTS: [&str; 3] = [
    r"(?:微信号?|WECHAT|WEIXIN|VX|V信|薇信)(?:号| ?ID)?(?:是|为)?[: ]*([A-Z][A-Z0-9_-]{5,19})",
    r"(?:QQ|扣扣)(?:号码?)?(?:是|为)?[: ]*([1-9][0-9]{4,10})",
    r"[A-Z0-9][A-Z0-9._%+-]*@[A-Z0-9-]+(?:\.[A-Z0-9-]+)+",
];

const BANK_CARD: &str = r"(?:62|4[0-9]|5[1-5])[0-9]{2}(?:[ -]?[0-9]{4}){3}(?:[ -]?[0-9]{1,3})?";

/// One place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PersonalPlace {
    /// The first character, counted from 0 in Unicode scalar values.
    pub start: usize,
    /// Behind the last character.
    pub end: usize,
    /// What it seems to be.
    pub kind: PersonalKind,
}

impl PersonalPlace {
    /// Whether the place is a part of a longer one, as four groups of a bank card that look like a telephone number.
    fn is_within(&self, other: &Self) -> bool {
        let is_shorter = self.end - self.start < other.end - other.start;
        is_shorter && other.start <= self.start && self.end <= other.end
    }
}

/// Patterns that compile; a test holds that all do.
static PATTERNS: LazyLock<Vec<(PersonalKind, Regex)>> = LazyLock::new(|| {
    let kinds = PersonalKind::ALL.into_iter();
    let patterns = kinds.flat_map(|kind| kind.patterns().into_iter().map(move |one| (kind, one)));
    patterns
        .filter_map(|(kind, pattern)| Some((kind, Regex::new(&pattern).ok()?)))
        .collect()
});

/// Words that follow a name and are no part of it.
const AFTER_A_NAME: &str = "住在是的电家说有来想要手给请和个我报反与户";

/// The places in the text that seem personal, in order. Places of one kind do not overlap.
pub fn personal_places(text: &str) -> Vec<PersonalPlace> {
    let chars = folded(text);
    let text: String = chars.iter().collect();
    let digits = chars.iter().filter(|c| is_digit(**c)).count();
    // Most texts have too few digits for most patterns, and a search costs more than a look.
    let patterns = PATTERNS.iter().filter(|(kind, _)| kind.digits() <= digits);
    let mut places: Vec<_> = patterns
        .flat_map(|(kind, pattern)| found(*kind, pattern, &chars, &text))
        .collect();
    places.sort_unstable_by_key(|place| (place.kind, place.start, place.end));
    places.dedup_by(|later, earlier| {
        let overlaps = later.kind == earlier.kind && later.start < earlier.end;
        if overlaps {
            earlier.end = earlier.end.max(later.end);
        }
        overlaps
    });
    let all = places.clone();
    places.retain(|place| !all.iter().any(|other| place.is_within(other)));
    places.sort_unstable_by_key(|place| (place.start, place.end));
    places
}

/// Whether a character is a digit, also in Chinese.
fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || "〇零一二三四五六七八九十幺".contains(c)
}

/// The places that one pattern finds in `text`, whose characters are `chars`.
fn found(kind: PersonalKind, pattern: &Regex, chars: &[char], text: &str) -> Vec<PersonalPlace> {
    let at_byte = |byte: usize| text.get(..byte).map_or(0, |before| before.chars().count());
    let mut places = Vec::new();
    let mut from = 0;
    while let Some(found) = pattern.captures_at(text, from) {
        let (first, last) = bytes(&found);
        let (start, end) = (at_byte(first), at_byte(last));
        let end = kind.end(chars, start, end);
        if kind.stands_alone(chars, start, end) {
            places.push(PersonalPlace { start, end, kind });
            from = last;
        } else {
            // The next try begins one character later: what looked like a part of a longer number may hold one.
            let whole = found.get(0).map_or(from, |whole| whole.start());
            let width = text.get(whole..).and_then(|rest| rest.chars().next());
            from = whole + width.map_or(1, char::len_utf8);
        }
    }
    places
}

/// What stands in the place of a character that the public does not read.
const MASK: char = '＊';

/// The text as the public reads it: what seems personal is masked, character by character.
pub fn masked(text: &str) -> String {
    let places = personal_places(text);
    let is_personal = |at: usize| places.iter().any(|one| (one.start..one.end).contains(&at));
    let chars = text.chars().enumerate();
    chars
        .map(|(at, c)| if is_personal(at) { MASK } else { c })
        .collect()
}

/// The beginning of a longer text as the public reads it: a number at its end may go on behind it, and is masked too.
pub fn masked_beginning(text: &str) -> String {
    let masked = masked(text);
    let kept = masked.trim_end_matches(|c: char| c.is_alphanumeric() && !is_han(c) || c == '-');
    let cut = masked.chars().count() - kept.chars().count();
    let digits = masked[kept.len()..].chars().filter(char::is_ascii_digit);
    if digits.count() < SHORTEST_BEGINNING {
        return masked;
    }
    kept.chars().chain(std::iter::repeat_n(MASK, cut)).collect()
}

/// Digits from which on a number may be the beginning of a telephone number.
const SHORTEST_BEGINNING: usize = 3;

fn is_han(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

/// The group when there is one, or else the whole.
fn bytes(found: &Captures<'_>) -> (usize, usize) {
    let place = found.get(1).or_else(|| found.get(0));
    place.map_or((0, 0), |place| (place.start(), place.end()))
}

impl PersonalKind {
    fn end(self, chars: &[char], start: usize, end: usize) -> usize {
        let last = end.checked_sub(1).and_then(|last| chars.get(last));
        let overlong = self == Self::Name && last.is_some_and(|last| AFTER_A_NAME.contains(*last));
        // A name has at least two characters.
        if overlong && end - start > 2 {
            end - 1
        } else {
            end
        }
    }

    /// Whether it is no piece of a longer number or word.
    fn stands_alone(self, chars: &[char], start: usize, end: usize) -> bool {
        let before = start.checked_sub(1).and_then(|at| chars.get(at));
        let after = chars.get(end);
        let place = chars.get(start..end).unwrap_or_default();
        let leading = chars.get(start.saturating_sub(LONGEST_WORD)..start);
        let leading: String = leading.into_iter().flatten().collect();
        let is_other = OTHER_NUMBERS.iter().any(|word| leading.ends_with(word));
        let touches =
            |is_part: fn(&char) -> bool| before.is_some_and(is_part) || after.is_some_and(is_part);
        match self {
            Self::Phone => !is_other && !touches(char::is_ascii_digit),
            Self::IdentityCard => !is_other && !touches(char::is_ascii_alphanumeric),
            Self::Plate => {
                !after.is_some_and(char::is_ascii_alphanumeric)
                    && place.iter().any(char::is_ascii_digit)
            }
            Self::Room => {
                let goes_on = |c: &char| c.is_ascii_digit() || *c == '-';
                let is_whole = !place.first().is_some_and(char::is_ascii_digit)
                    || !before.is_some_and(goes_on);
                let counts = after.is_some_and(|c| COUNTED.contains(*c));
                let is_bare = place.iter().all(char::is_ascii_digit);
                is_whole && !after.is_some_and(goes_on) && !(is_bare && counts)
            }
            Self::Name => {
                let name: String = place.iter().collect();
                !NO_NAMES.iter().any(|word| name.starts_with(word))
            }
            Self::Account => !after.is_some_and(|c| c.is_ascii_alphanumeric() || *c == '@'),
            Self::BankCard => !is_other && !touches(char::is_ascii_digit) && has_check_digit(place),
        }
    }
}

/// Whether the digits end in the check digit of ISO/IEC 7812-1, annex B.
fn has_check_digit(number: &[char]) -> bool {
    let digits = number.iter().rev().filter_map(|c| c.to_digit(10));
    let sum: u32 = digits
        .enumerate()
        .map(|(at, digit)| match (at % 2, digit) {
            (0, digit) => digit,
            (_, digit) if digit > 4 => digit * 2 - 9,
            (_, digit) => digit * 2,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// The text with full-width letters, digits and signs as their plain forms and letters in capitals, so that a pattern
/// knows one form of each. Every character stays one character.
fn folded(text: &str) -> Vec<char> {
    let fold = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => u32::from(c)
            .checked_sub(0xfee0)
            .and_then(char::from_u32)
            .unwrap_or(c),
        '\u{3000}' | '\u{a0}' | '\u{2002}'..='\u{200a}' | '\u{202f}' | '\t' => ' ',
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '\u{660}'..='\u{669}' => char::from_digit(u32::from(c) - 0x660, 10).unwrap_or(c),
        c => c,
    };
    text.chars().map(|c| fold(c).to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        let kinds = PersonalKind::ALL.into_iter();
        let all: usize = kinds.map(|kind| kind.patterns().len()).sum();
        assert_eq!(PATTERNS.len(), all);
    }

    #[test]
    fn the_beginning_of_a_number_is_masked_and_ordinary_words_are_not() {
        for (beginning, public) in [
            ("路灯不亮，请打1380000", "路灯不亮，请打＊＊＊＊＊＊＊"),
            ("路灯不亮，3号楼", "路灯不亮，3号楼"),
            ("路灯不亮，在18", "路灯不亮，在18"),
            ("The lamp at gate is dark", "The lamp at gate is dark"),
        ] {
            assert_eq!(masked_beginning(beginning), public);
        }
    }
}
