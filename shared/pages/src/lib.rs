//! What pages are made of: the frame around each, the parts that several share, the style sheet and the script.
//!
//! A page shows view models and sentences by code; it decides nothing. Everything on it works without the script, which
//! only makes things easier, and nothing on it comes from another site.

pub mod assets;
pub mod case;
pub mod form;
mod frame;
mod icons;
pub mod qr;
mod time;

pub use frame::{Frame, Html, Reader};
pub use icons::Icon;
pub use time::say;

use maud::{Markup, html};
use zhitiao_texts::{Lang, fill, text};

/// The sentence `page.<code>`.
pub fn label(code: &str, lang: Lang) -> &'static str {
    text(&format!("page.{code}"), lang).unwrap_or_default()
}

/// The sentence `page.<code>` with its values.
pub fn label_with(code: &str, lang: Lang, values: &[(&str, String)]) -> String {
    fill(label(code, lang), values)
}

/// The buttons that a script brings to life: to have the page read aloud, and to share the address of a public one.
pub fn tools(is_public: bool, lang: Lang) -> Markup {
    html! {
        p.tools {
            button.plain type="button" data-read data-stop=(label("read_aloud.stop", lang)) hidden { (label("read_aloud", lang)) }
            @if is_public {
                " " button.plain type="button" data-share data-copied=(label("share.copied", lang)) hidden { (label("share", lang)) }
            }
        }
    }
}
