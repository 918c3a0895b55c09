//! The sentences that people read, by code: Chinese first, English second.
//!
//! Whatever refuses or announces something names a code; the sentence for it stands here and nowhere else, so that one
//! file can be read aloud to a resident of 75 and corrected. `{name}` marks a value that [`fill`] puts in.

/// A language that the service speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Lang {
    /// Simplified Chinese, the language of the residents.
    #[default]
    Zh,
    /// English.
    En,
}

impl Lang {
    /// Chooses by an `Accept-Language` header (RFC 9110 section 12.5.4): the language with the highest weight that the
    /// service speaks, the first of equals; Chinese when none is named.
    pub fn from_accept_language(header: &str) -> Self {
        let mut best = (0, Self::default());
        for range in header.split(',') {
            let (tag, weight) = weighted(range);
            if let Some(lang) = Self::from_tag(tag)
                && weight > best.0
            {
                best = (weight, lang);
            }
        }
        best.1
    }

    /// The language tag (BCP 47), as `Content-Language` names it.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("zh") {
            Some(Self::Zh)
        } else if primary.eq_ignore_ascii_case("en") {
            Some(Self::En)
        } else {
            None
        }
    }
}

/// Splits `en;q=0.8` into the tag and its weight in thousandths; a weight that cannot be read counts as none.
fn weighted(range: &str) -> (&str, u16) {
    let (tag, parameters) = range.split_once(';').unwrap_or((range, "q=1"));
    let weight = parameters
        .trim()
        .strip_prefix("q=")
        .map_or("", str::trim)
        .parse::<f32>()
        .ok()
        .filter(|weight| (0.0..=1.0).contains(weight))
        .unwrap_or_default();
    // Between 0 and 1000 by the filter above.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    (tag.trim(), (weight * 1000.0) as u16)
}

/// The sentence for a code, or nothing when the code has none.
pub fn text(code: &str, lang: Lang) -> Option<&'static str> {
    let row = TEXTS.binary_search_by_key(&code, |row| row.0).ok()?;
    let (_, zh, en) = TEXTS[row];
    Some(match lang {
        Lang::Zh => zh,
        Lang::En => en,
    })
}

/// Puts values into the `{name}` places of a sentence; values are inserted as they are and never searched again.
pub fn fill(sentence: &str, values: &[(&str, String)]) -> String {
    let mut filled = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let place = after.split_once('}');
        let value = place.and_then(|(name, _)| values.iter().find(|(known, _)| *known == name));
        if let (Some((_, tail)), Some((_, value))) = (place, value) {
            filled.push_str(value);
            rest = tail;
        } else {
            filled.push('{');
            rest = after;
        }
    }
    filled.push_str(rest);
    filled
}

/// Code, Chinese, English. Sorted by code (a test holds it). `<code>.advice` says what to do now, `field.<code>` what
/// is wrong with one field.
const TEXTS: &[(&str, &str, &str)] = &[
    (
        "bad_request",
        "这个请求我们没有看懂。",
        "We could not understand this request.",
    ),
    (
        "case_number_invalid",
        "这个编号不对。",
        "This is not a valid case number.",
    ),
    (
        "case_number_invalid.advice",
        "请对照纸条或短信上的编号再输一遍，例如 K7M3-9QXD-4。",
        "Please check it against your slip or message and type it again, for example K7M3-9QXD-4.",
    ),
    (
        "field.bad_character",
        "这里有看不见的特殊符号，请删掉后重新输入。",
        "This contains hidden special characters. Please remove them and type it again.",
    ),
    (
        "field.duplicate",
        "这一项填了两次，请只留一个。",
        "This is given twice. Please keep only one.",
    ),
    (
        "field.invalid",
        "这一项填得不对。",
        "This is not filled in correctly.",
    ),
    (
        "field.not_boolean",
        "这一项只能填“是”或“否”。",
        "This must be yes or no (true or false).",
    ),
    (
        "field.not_integer",
        "这一项要填整数。",
        "This must be a whole number.",
    ),
    (
        "field.not_list",
        "这一项应当是一个列表。",
        "This must be a list.",
    ),
    (
        "field.not_number",
        "这一项要填数字。",
        "This must be a number.",
    ),
    (
        "field.not_object",
        "这一项应当由几个小项组成。",
        "This must be an object with named fields.",
    ),
    (
        "field.not_recognized",
        "这一项填的内容我们认不出来，请重新选择或填写。",
        "We do not recognize this value. Please choose or enter it again.",
    ),
    ("field.not_text", "这一项要填文字。", "This must be text."),
    (
        "field.out_of_range",
        "这个数要在 {min} 到 {max} 之间。",
        "This number must be between {min} and {max}.",
    ),
    ("field.required", "这一项必须填写。", "This is required."),
    (
        "field.too_few",
        "至少要有 {min} 个。",
        "There must be at least {min}.",
    ),
    (
        "field.too_long",
        "写得太长了，最多 {max} 个字。",
        "This is too long. At most {max} characters are allowed.",
    ),
    (
        "field.too_many",
        "太多了，最多 {max} 个。",
        "These are too many. At most {max} are allowed.",
    ),
    (
        "field.too_short",
        "写得太短了，至少 {min} 个字。",
        "This is too short. At least {min} characters are needed.",
    ),
    (
        "field.unknown",
        "没有这一项，请删掉。",
        "There is no such field. Please remove it.",
    ),
    (
        "forbidden",
        "您没有办理这件事的权限。",
        "You are not allowed to do this.",
    ),
    (
        "forbidden.advice",
        "如果这是您的工作，请联系本单位的管理员。",
        "If this is your task, please contact the administrator of your unit.",
    ),
    (
        "idempotency_key_reused",
        "这次提交和上一次的编号相同，内容却不一样。",
        "This submission repeats an earlier one's key with different content.",
    ),
    (
        "idempotency_key_reused.advice",
        "您上一次提交的内容已经收到。如要补充，请重新填写一份。",
        "Your earlier submission was received. To add something, please start a new one.",
    ),
    (
        "internal",
        "系统出了问题，是我们的原因。",
        "Something went wrong on our side.",
    ),
    (
        "internal.advice",
        "请过几分钟再试。如果还不行，请打社区电话，并报出下面的请求编号。",
        "Please try again in a few minutes. If it still fails, phone your community and quote the request id below.",
    ),
    (
        "invalid_cursor",
        "这一页已经翻不到了。",
        "This page of the list can no longer be opened.",
    ),
    (
        "invalid_cursor.advice",
        "请回到第一页重新翻看。",
        "Please start again from the first page.",
    ),
    (
        "invalid_fields",
        "有些内容没有填对。",
        "Some fields are not filled in correctly.",
    ),
    (
        "invalid_fields.advice",
        "请按下面的提示改好，再提交一次。",
        "Please correct what is listed below and send it again.",
    ),
    (
        "malformed_json",
        "收到的内容格式不对，读不出来。",
        "The content could not be read as JSON.",
    ),
    (
        "method_not_allowed",
        "这个地址不能这样使用。",
        "This address does not support this method.",
    ),
    (
        "not_found",
        "没有找到您要的内容。",
        "We could not find what you asked for.",
    ),
    (
        "not_found.advice",
        "请检查编号或网址有没有输错。",
        "Please check the number or the address for a typing mistake.",
    ),
    (
        "payload_too_large",
        "一次提交的内容太多了。",
        "The content is too large.",
    ),
    (
        "payload_too_large.advice",
        "请少写一些文字。照片要另外上传，不要放在文字里。",
        "Please shorten the text. Photos are uploaded separately, not inside the text.",
    ),
    (
        "precondition_required",
        "缺少这件事的版本号，不能办理。",
        "The version of the case is missing, so nothing was changed.",
    ),
    (
        "precondition_required.advice",
        "请先刷新页面，再办理。",
        "Please load the case again and send its ETag as If-Match.",
    ),
    (
        "too_many_requests",
        "操作太频繁了。",
        "There were too many requests.",
    ),
    (
        "too_many_requests.advice",
        "请歇一会儿再试，已经提交的内容不会丢。",
        "Please wait a little and try again. What was received is not lost.",
    ),
    (
        "tracking_token_invalid",
        "查询凭证不对或已经失效。",
        "The tracking token is not valid.",
    ),
    (
        "tracking_token_invalid.advice",
        "请用提交诉求时得到的链接打开，或者凭编号到社区查询。",
        "Please use the link that you got with your report, or ask your community with the case number.",
    ),
    (
        "tracking_token_required",
        "缺少查询凭证。",
        "The tracking token is missing.",
    ),
    (
        "tracking_token_required.advice",
        "请用提交诉求时得到的链接打开，或者凭编号到社区查询。",
        "Please use the link that you got with your report, or ask your community with the case number.",
    ),
    ("unauthorized", "请先登录。", "Please sign in first."),
    (
        "unavailable",
        "系统正忙，暂时办不了。",
        "The service is busy right now.",
    ),
    (
        "unavailable.advice",
        "请过一会儿再试一次。重复提交也只会登记一件。",
        "Please try again shortly. Sending the same report again registers it only once.",
    ),
    (
        "unprocessable",
        "这件事现在不能这样办理。",
        "This cannot be done in the present state.",
    ),
    (
        "unsupported_media_type",
        "收到的内容类型不对。",
        "The content type is not supported.",
    ),
    (
        "unsupported_media_type.advice",
        "请用 application/json 格式发送。",
        "Please send application/json.",
    ),
    (
        "version_conflict",
        "刚才已经有人办理过这件事了。",
        "Somebody else has just changed this case.",
    ),
    (
        "version_conflict.advice",
        "请刷新页面，看看最新情况再办理。",
        "Please load the case again and look at its latest state first.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_unique_so_that_each_is_found() {
        assert!(TEXTS.is_sorted_by(|a, b| a.0 < b.0));
        for (code, zh, en) in TEXTS {
            assert_eq!(text(code, Lang::Zh), Some(*zh));
            assert_eq!(text(code, Lang::En), Some(*en));
        }
        assert_eq!(text("no_such_code", Lang::Zh), None);
    }

    #[test]
    fn every_sentence_is_in_its_language() {
        for (code, zh, en) in TEXTS {
            assert!(
                zh.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)),
                "{code}"
            );
            assert!(!en.is_empty() && en.is_ascii(), "{code}");
        }
    }

    #[test]
    fn both_languages_have_the_same_places_for_values() {
        fn places(sentence: &str) -> Vec<&str> {
            let mut places: Vec<_> = sentence
                .split('{')
                .skip(1)
                .filter_map(|rest| rest.split('}').next())
                .collect();
            places.sort_unstable();
            places
        }
        for (code, zh, en) in TEXTS {
            assert_eq!(places(zh), places(en), "{code}");
        }
    }

    #[test]
    fn the_language_with_the_highest_weight_is_spoken() {
        for (header, lang) in [
            ("", Lang::Zh),
            ("fr", Lang::Zh),
            ("*", Lang::Zh),
            ("en", Lang::En),
            ("EN-us", Lang::En),
            ("zh-CN,zh;q=0.9,en;q=0.8", Lang::Zh),
            ("fr, en;q=0.5, zh;q=0.4", Lang::En),
            ("zh;q=0.4, en ; q=0.5", Lang::En),
            ("en;q=0", Lang::Zh),
            ("en;q=NaN", Lang::Zh),
            ("en;q=7", Lang::Zh),
            ("english", Lang::Zh),
            (",,;;q=,", Lang::Zh),
        ] {
            assert_eq!(Lang::from_accept_language(header), lang, "{header}");
        }
    }

    #[test]
    fn values_are_put_in_once_and_never_searched_again() {
        let values = [("max", "{min}".to_owned()), ("min", "2".to_owned())];
        assert_eq!(fill("{min} to {max}", &values), "2 to {min}");
        assert_eq!(fill("{other} {", &values), "{other} {");
    }
}
