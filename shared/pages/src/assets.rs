//! The style sheet, the script and the icon: part of the binary, named by their content, so that a browser keeps them
//! for ever.

use std::sync::LazyLock;

use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderName, HeaderValue};
use sha2::{Digest, Sha256};
use zhitiao_edge::problem;

const STYLE: &str = include_str!("site.css");
const SCRIPT: &str = include_str!("site.js");
const SLIP: &str = include_str!("site.svg");

/// One file.
#[derive(Debug)]
pub struct Asset {
    /// Its name: `site.1a2b3c4d.css`.
    pub name: String,
    media: &'static str,
    cache: &'static str,
    /// Its content.
    pub content: &'static str,
}

impl Asset {
    fn new(extension: &str, media: &'static str, content: &'static str) -> Self {
        let hash: [u8; 32] = Sha256::digest(content).into();
        let [a, b, c, d, ..] = hash;
        let short = u32::from_be_bytes([a, b, c, d]);
        Self {
            name: format!("site.{short:08x}.{extension}"),
            media,
            cache: "public, max-age=31536000, immutable",
            content,
        }
    }

    /// The headers that it is sent with.
    pub fn headers(&self) -> [(HeaderName, HeaderValue); 2] {
        [
            (CONTENT_TYPE, HeaderValue::from_static(self.media)),
            (CACHE_CONTROL, HeaderValue::from_static(self.cache)),
        ]
    }
}

/// The style sheet.
pub static STYLE_SHEET: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("css", "text/css; charset=utf-8", STYLE));

/// The script.
pub static PAGE_SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("js", "text/javascript; charset=utf-8", SCRIPT));

/// The icon of the site: a slip of paper.
pub static ICON: LazyLock<Asset> = LazyLock::new(|| Asset::new("svg", "image/svg+xml", SLIP));

/// The style sheet again, for the page of a problem: what writes that page does not know the content of this one.
pub static PROBLEM_STYLE_SHEET: LazyLock<Asset> = LazyLock::new(|| Asset {
    name: problem::STYLE_SHEET.replace("/assets/", ""),
    media: "text/css; charset=utf-8",
    cache: "public, max-age=300",
    content: STYLE,
});

/// The file of that name.
pub fn find(name: &str) -> Option<&'static Asset> {
    let assets: [&'static Asset; 4] = [&STYLE_SHEET, &PAGE_SCRIPT, &ICON, &PROBLEM_STYLE_SHEET];
    assets.into_iter().find(|asset| asset.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_by_its_name_alone_and_stays_small() {
        for asset in [&*STYLE_SHEET, &*PAGE_SCRIPT, &*ICON, &*PROBLEM_STYLE_SHEET] {
            assert_eq!(find(&asset.name).unwrap().content, asset.content);
            // Uncompressed: what the whole first view may weigh compressed is 60 KB.
            assert!(asset.content.len() < 20_000, "{}", asset.name);
        }
        for stranger in ["", "site.css", "../site.css", "site.00000000.css"] {
            assert!(find(stranger).is_none(), "{stranger}");
        }
    }
}
