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
}

impl PersonalKind {
    /// Every kind, for tables and tests.
    pub const ALL: [Self; 5] = [
        Self::Phone,
        Self::IdentityCard,
        Self::Plate,
        Self::Room,
        Self::Name,
    ];

    /// The stable code of its text.
    pub fn code(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::IdentityCard => "identity_card",
            Self::Plate => "plate",
            Self::Room => "room",
            Self::Name => "name",
        }
    }

    /// The pattern over text as [`folded`] leaves it; where there is a group, only the group is the place.
    fn pattern(self) -> &'static str {
        match self {
            Self::Phone => {
                r"(?:\+?86[ -]?)?1[3-9][0-9](?:[ -]?[0-9]{4}){2}|\(?0[0-9]{2,3}\)?[ -]?[0-9]{7,8}|(?:电话|座机|手机)(?:号码?)?(?:是|为)?[: ]*([0-9]{7,8})"
            }
            Self::IdentityCard => {
                r"[1-9][0-9]{5}(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9X]"
            }
            Self::Plate => {
                r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][·•・‧. -]?[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳]"
            }
            Self::Room => {
                r"[0-9〇零一二三四五六七八九十]{0,3}(?:单元|栋|幢|座|号楼)[ -]?[0-9〇零一二三四五六七八九]{3,4}[室户]?|[0-9〇零一二三四五六七八九]{3,4}室|[0-9]{1,3}-[0-9]{1,2}-[0-9]{3,4}"
            }
            Self::Name => {
                r"(?:我叫|我的名字(?:叫|是)|本人叫|姓名|联系人|户主)(?:是|为|叫)?[: ]*((?:欧阳|司马|上官|诸葛|皇甫|尉迟|公孙|慕容|令狐|夏侯|[赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏窦章苏潘葛范彭郎鲁韦马苗凤花俞任袁柳鲍史唐费薛雷贺倪汤殷罗毕郝安常于傅齐康伍余顾孟黄穆萧尹姚邵汪祁毛狄米臧戴宋庞熊纪舒屈项祝董梁杜阮蓝季贾江郭梅林钟徐邱骆高夏蔡田樊胡凌霍万柯管卢莫房解应丁宣邓单洪包左石崔吉龚程邢裴陆翁荀惠曲封储靳段焦谷车侯全班秋仲宫宁仇甘武刘景詹束龙叶司黎白蒲赖卓蔺屠池乔阴翟谭冉桑桂牛尚温庄晏柴瞿阎习艾鱼容向古易廖耿满弘匡国文寇广欧沃利蔚越隆师巩聂辛阚简饶曾沙丰关查荆游权盖益岳帅代肖付闫])[\u{4e00}-\u{9fff}]{1,2})"
            }
        }
    }
}

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

/// Patterns that compile; a test holds that all do.
static PATTERNS: LazyLock<Vec<(PersonalKind, Regex)>> = LazyLock::new(|| {
    let compiled = PersonalKind::ALL.into_iter();
    compiled
        .filter_map(|kind| Some((kind, Regex::new(kind.pattern()).ok()?)))
        .collect()
});

/// Words that follow a name and are no part of it.
const AFTER_A_NAME: &str = "住在是的电家说有来想要手给请和个我报反与户";

/// The places in the text that seem personal, in order.
pub fn personal_places(text: &str) -> Vec<PersonalPlace> {
    let chars = folded(text);
    let folded: String = chars.iter().collect();
    let at_byte = |byte: usize| {
        folded
            .get(..byte)
            .map_or(0, |before| before.chars().count())
    };
    let mut places = Vec::new();
    for (kind, pattern) in PATTERNS.iter() {
        let mut from = 0;
        while let Some(found) = pattern.captures_at(&folded, from) {
            let (start, end) = bytes(&found);
            let (start, end) = (at_byte(start), at_byte(end));
            let end = kind.end(&chars, start, end);
            if kind.stands_alone(&chars, start, end) {
                places.push(PersonalPlace {
                    start,
                    end,
                    kind: *kind,
                });
                from = bytes(&found).1;
            } else {
                // The next try begins one character later: what looked like a part of a longer number may hold one.
                let whole = found.get(0).map_or(from, |whole| whole.start());
                let width = folded.get(whole..).and_then(|rest| rest.chars().next());
                from = whole + width.map_or(1, char::len_utf8);
            }
        }
    }
    places.sort_unstable_by_key(|place| (place.start, place.end));
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
        let touches =
            |is_part: fn(&char) -> bool| before.is_some_and(is_part) || after.is_some_and(is_part);
        match self {
            Self::Phone => !touches(char::is_ascii_digit),
            Self::IdentityCard => !touches(char::is_ascii_alphanumeric),
            Self::Plate => {
                !after.is_some_and(char::is_ascii_alphanumeric)
                    && place.iter().any(char::is_ascii_digit)
            }
            Self::Room => {
                let goes_on = |c: &char| c.is_ascii_digit() || *c == '-';
                let is_whole = !place.first().is_some_and(char::is_ascii_digit)
                    || !before.is_some_and(goes_on);
                is_whole && !after.is_some_and(goes_on)
            }
            Self::Name => true,
        }
    }
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

    /// The places with their words.
    fn found(text: &str) -> Vec<(PersonalKind, String)> {
        let words = |place: &PersonalPlace| {
            let chars = text.chars().skip(place.start);
            chars.take(place.end - place.start).collect()
        };
        let places = personal_places(text);
        places
            .iter()
            .map(|place| (place.kind, words(place)))
            .collect()
    }

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(PATTERNS.len(), PersonalKind::ALL.len());
    }

    #[test]
    fn what_leads_to_a_person_is_found_in_every_spelling() {
        use PersonalKind::{IdentityCard, Name, Phone, Plate, Room};
        for (text, kind, words) in [
            ("请打13800000000", Phone, "13800000000"),
            (
                "请打１３８００００００００。",
                Phone,
                "１３８００００００００",
            ),
            ("手机138-0000-0000或", Phone, "138-0000-0000"),
            ("138 0000 0000", Phone, "138 0000 0000"),
            ("+86 13800000000", Phone, "+86 13800000000"),
            ("座机（0532）88888888", Phone, "（0532）88888888"),
            ("0532-88888888转801", Phone, "0532-88888888"),
            ("电话：88888888", Phone, "88888888"),
            (
                "身份证37020219900101123x",
                IdentityCard,
                "37020219900101123x",
            ),
            (
                "３７０２０２１９９００１０１１２３４",
                IdentityCard,
                "３７０２０２１９９００１０１１２３４",
            ),
            ("白色鲁B12345堵门", Plate, "鲁B12345"),
            ("鲁Ｂ·１２３４５", Plate, "鲁Ｂ·１２３４５"),
            ("鲁b·d12345", Plate, "鲁b·d12345"),
            ("3号楼2单元402漏水", Room, "2单元402"),
            ("2单元402室", Room, "2单元402室"),
            ("三单元四〇二室", Room, "三单元四〇二室"),
            ("１２０３室", Room, "１２０３室"),
            ("A座1203", Room, "座1203"),
            ("18-3-402", Room, "18-3-402"),
            ("我叫张伟，", Name, "张伟"),
            ("我叫张伟住三楼", Name, "张伟"),
            ("联系人：王小明", Name, "王小明"),
            ("联系人 欧阳锋", Name, "欧阳锋"),
        ] {
            assert_eq!(found(text), [(kind, words.to_owned())], "{text}");
        }
    }

    #[test]
    fn the_public_reads_everything_but_what_leads_to_a_person() {
        for (text, public) in [
            ("请打13800000000，急", "请打＊＊＊＊＊＊＊＊＊＊＊，急"),
            ("3号楼2单元402漏水", "3号楼＊＊＊＊＊＊漏水"),
            ("我叫张伟，鲁B12345堵门", "我叫＊＊，＊＊＊＊＊＊＊堵门"),
            ("楼下井盖没了", "楼下井盖没了"),
            ("", ""),
        ] {
            assert_eq!(masked(text), public);
        }
        for (beginning, public) in [
            ("路灯不亮，请打1380000", "路灯不亮，请打＊＊＊＊＊＊＊"),
            ("路灯不亮，3号楼", "路灯不亮，3号楼"),
            ("路灯不亮，在18", "路灯不亮，在18"),
            ("The lamp at gate is dark", "The lamp at gate is dark"),
        ] {
            assert_eq!(masked_beginning(beginning), public);
        }
    }

    #[test]
    fn two_places_side_by_side_are_both_found_in_order() {
        let places = found("我叫张伟，13800000000、13900000001");
        let words: Vec<_> = places.iter().map(|(_, words)| words.as_str()).collect();
        assert_eq!(words, ["张伟", "13800000000", "13900000001"]);
    }

    #[test]
    fn ordinary_words_and_numbers_raise_no_warning() {
        for text in [
            "",
            "楼下井盖没了，晚上很危险",
            "东海中路18号3单元门前",
            "3号楼2单元门口的窨井盖缺了一块",
            "影响500户居民，11月23日起停水",
            "2026-11-23 09:00",
            "编号 K7M3-9QXD-4",
            "订单号1234567890123456789012",
            "区财〔2026〕1号，共1380000元",
            "会议室的灯坏了，联系人不在",
            "我叫他们来看过",
            "请拨打12345热线",
            "三室一厅，90平方米",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }
}
