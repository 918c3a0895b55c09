//! `GET /assets/{file}`.

use axum::extract::Path;
use axum::response::IntoResponse;
use zhitiao_edge::Problem;
use zhitiao_pages::assets;

/// The style sheet or the script, by the name that carries its hash.
pub(crate) async fn file(Path(name): Path<String>) -> Result<impl IntoResponse, Problem> {
    let asset = assets::find(&name).ok_or_else(Problem::not_found)?;
    Ok((asset.headers(), asset.content))
}

#[cfg(test)]
mod tests {
    use zhitiao_domain::kernel::profile::Color;
    use zhitiao_pages::assets::STYLE_SHEET;

    /// The values of a variable under a selector, in the order of the style sheet: by day, then by night.
    fn values(selector: &str, variable: &str) -> Vec<u32> {
        let opened = format!("{selector} {{");
        let blocks = STYLE_SHEET
            .content
            .match_indices(&opened)
            .filter_map(|(at, _)| {
                let begins = STYLE_SHEET.content[..at].ends_with([' ', '\n']) || at == 0;
                begins.then(|| {
                    STYLE_SHEET.content[at + opened.len()..]
                        .split('}')
                        .next()
                        .unwrap()
                })
            });
        let named = format!("{variable}: #");
        let found = blocks.filter_map(|block| {
            let (_, value) = block.split_once(&named)?;
            u32::from_str_radix(value.get(..6)?, 16).ok()
        });
        found.collect()
    }

    /// The contrast of two colors, by WCAG 2.1.
    fn contrast(one: u32, other: u32) -> f64 {
        let luminance = |color: u32| {
            let [_, red, green, blue] = color.to_be_bytes().map(|byte| {
                let share = f64::from(byte) / 255.0;
                if share <= 0.03928 {
                    share / 12.92
                } else {
                    ((share + 0.055) / 1.055).powf(2.4)
                }
            });
            0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05
        };
        let (one, other) = (luminance(one), luminance(other));
        one.max(other) / one.min(other)
    }

    #[test]
    fn every_color_can_be_read_by_day_and_by_night() {
        let under = |variable| values(":root", variable);
        let (papers, soft, on) = (under("--paper"), under("--soft"), under("--on-main"));
        for color in Color::ALL {
            let own = values(&format!(".{}", color.code()), "--main");
            let mains = if color == Color::default() {
                under("--main")
            } else {
                own
            };
            assert_eq!(mains.len(), 2, "{color:?}");
            for (time, main) in mains.into_iter().enumerate() {
                assert!(contrast(main, papers[time]) >= 7.0, "{color:?} {time}");
                assert!(contrast(main, on[time]) >= 7.0, "{color:?} {time}");
                assert!(contrast(main, soft[time]) >= 4.5, "{color:?} {time}");
            }
        }
        assert!((contrast(0x00_00_00, 0xff_ff_ff) - 21.0).abs() < 0.01);
    }
}
