//! Danger to life, as residents' words tell of it. It delays nothing and decides nothing: the page that
//! answers says at once which number to call.

/// Words that stand for danger to life: gas, electricity, fire, falling things, open shafts, drowning.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "燃气", "煤气", "天然气", "漏气", "触电", "漏电", "电线掉", "着火", "起火", "冒烟", "爆炸", "坠落", "掉下来", "要倒", "倒塌",
    "塌陷", "井盖没", "没有井盖", "井盖丢", "井盖不见", "井盖缺", "掉进", "落水", "溺水", "晕倒", "昏倒",
    "gas leak", "smell of gas", "electric shock", "on fire", "collapse", "falling", "open manhole",
];

/// Whether the words tell of danger to life.
pub fn is_told(text: &str) -> bool {
    let text = text.to_lowercase();
    WORDS.iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn danger_is_known_by_its_words_and_ordinary_trouble_is_not() {
        for danger in [
            "三单元楼道里有煤气味",
            "东门外的井盖没了，老人差点掉进去",
            "外墙的砖要倒了",
            "There is a SMELL OF GAS in the corridor",
        ] {
            assert!(is_told(danger), "{danger}");
        }
        for ordinary in [
            "路灯不亮",
            "扶手松了",
            "垃圾三天没有收",
            "The lamp is broken",
            "",
        ] {
            assert!(!is_told(ordinary), "{ordinary}");
        }
    }
}
