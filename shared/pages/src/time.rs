//! Moments as people say them.

use jiff::Timestamp;
use jiff::tz::Offset;
use zhitiao_texts::Lang;

/// China has one time all year round.
const BEIJING: Offset = jiff::tz::offset(8);

/// A moment (RFC 3339) with its day of the week: `11月30日 星期一 17:30`. What is no moment is said as it is.
pub fn say(moment: &str, lang: Lang) -> String {
    let Ok(at) = moment.parse::<Timestamp>() else {
        return moment.to_owned();
    };
    let local = BEIJING.to_datetime(at);
    match lang {
        Lang::Zh => {
            let day = ["日", "一", "二", "三", "四", "五", "六"]
                .get(usize::try_from(local.weekday().to_sunday_zero_offset()).unwrap_or_default());
            let day = day.copied().unwrap_or_default();
            format!(
                "{} 星期{day} {}",
                local.strftime("%-m月%-d日"),
                local.strftime("%H:%M")
            )
        }
        Lang::En => local.strftime("%A, %-d %B, %H:%M").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_said_with_its_day() {
        let moment = "2026-11-30T17:30:00+08:00";
        assert_eq!(say(moment, Lang::Zh), "11月30日 星期一 17:30");
        assert_eq!(say(moment, Lang::En), "Monday, 30 November, 17:30");
        assert_eq!(
            say("2026-11-29T16:30:00Z", Lang::Zh),
            "11月30日 星期一 00:30"
        );
        assert_eq!(say("soon", Lang::Zh), "soon");
    }
}
