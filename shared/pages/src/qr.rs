//! A QR code as a picture in the page itself.

use maud::{Markup, PreEscaped};
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

/// The side of the picture in CSS pixels: about 4 cm, which an old camera reads from a slip.
const SIDE: u32 = 180;

/// The code of a text, black on white also in the dark; nothing for a text that is too long for one.
pub fn code(text: &str) -> Markup {
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else {
        return PreEscaped(String::new());
    };
    let mut picture = code.render::<svg::Color<'_>>();
    let picture = picture.min_dimensions(SIDE, SIDE).build();
    // The declaration of an XML document has no place inside a page.
    let from = picture.find("<svg").unwrap_or_default();
    PreEscaped(picture[from..].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_one_picture_without_style_or_script() {
        let picture = code("https://zhitiao.example/my#K7M39QXD.1.abc").into_string();
        assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>"));
        assert!(!picture.contains("style=") && !picture.contains("<script"));
        assert!(picture.len() < 20_000, "{} B", picture.len());
        assert_eq!(code(&"a".repeat(10_000)).into_string(), "");
    }
}
