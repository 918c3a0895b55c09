//! Good files, cut short or with bits flipped.

use super::Expected::Answer;
use super::bytes::Seeded;
use super::{Hostile, files};

/// Places to cut each file at.
const CUTS: usize = 12;

/// Differently damaged copies of each file.
const COPIES: u64 = 16;

/// The catalog.
pub(crate) fn all() -> Vec<Hostile> {
    let (mut all, size) = (Vec::new(), (96, 64));
    let gray = vec![77; 96 * 64];
    for (kind, file) in [
        ("JPEG", files::jpeg(96, 64)),
        ("progressive JPEG", files::progressive(96, 64)),
        (
            "gray JPEG",
            files::jpeg_of(&gray, size, jpeg_encoder::ColorType::Luma, |_| ()),
        ),
        ("PNG", files::png(96, 64)),
        ("WebP", files::webp(96, 64, Vec::new())),
        ("lossy WebP", files::LOSSY_WEBP.to_vec()),
        ("WebP with alpha", files::ALPHA_WEBP.to_vec()),
    ] {
        all.extend((1..=CUTS).map(|n| cut(kind, &file, file.len() * n / (CUTS + 1))));
        all.push(cut(kind, &file, file.len() - 1));
        all.extend((1..=COPIES).map(|seed| flipped(kind, &file, seed)));
    }
    all
}

fn cut(kind: &str, file: &[u8], at: usize) -> Hostile {
    let name = format!("{kind} cut to {at} of {} bytes", file.len());
    Hostile::new(name, file[..at].to_vec(), Answer)
}

/// A copy with one to eight bits flipped, after the bytes that name the format.
fn flipped(kind: &str, file: &[u8], seed: u64) -> Hostile {
    let mut random = Seeded(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut copy = file.to_vec();
    for _ in 0..=random.below(8) {
        let at = 12 + random.below(file.len() - 12);
        copy[at] ^= 1 << random.below(8);
    }
    Hostile::new(
        format!("{kind} with bits flipped by seed {seed}"),
        copy,
        Answer,
    )
}
