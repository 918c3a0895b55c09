//! The parts of a JPEG file that make its pixels (ITU-T T.81, annex B).
//!
//! They are found as tolerantly as common viewers find them, and put together again as the standard asks. So the
//! decoder can be strict: what it then refuses is missing or damaged, and not merely written carelessly.

use crate::sanitize::Rejection;

const END: u8 = 0xd9;
const START: u8 = 0xd8;
const SCAN: u8 = 0xda;
const QUANTIZATION: u8 = 0xdb;
const RESTART_INTERVAL: u8 = 0xdd;
const HUFFMAN: u8 = 0xc4;
const ARITHMETIC: u8 = 0xcc;
const BASELINE: u8 = 0xc0;
const EXTENDED: u8 = 0xc1;
const PROGRESSIVE: u8 = 0xc2;
const APP0: u8 = 0xe0;
const APP1: u8 = 0xe1;
const APP14: u8 = 0xee;

/// Scans that are followed. Encoders write about ten; each costs a walk over all coefficients, so that a small file
/// with a thousand of them would keep the processor busy for minutes.
const MAX_SCANS: usize = 24;

/// Eight bytes of ones, each with the zero that follows an FF in compressed data. The standard fills up the last byte
/// with ones and has no code of ones only (T.81, C.2): a decoder that needs more than there is stops at them. They are
/// more than a decoder reads ahead, so that it never sees them when everything is there.
const ONES: [u8; 16] = [
    0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0,
];

/// What a JPEG file consists of.
#[derive(Default)]
pub(super) struct Outline<'a> {
    /// The same picture without flaws and metadata.
    pub(super) file: Vec<u8>,
    /// The first block of EXIF data, with its prefix.
    pub(super) exif: Option<&'a [u8]>,
    frame: Option<Frame>,
    has_jfif: bool,
    /// The color transform of an Adobe segment.
    adobe: Option<u8>,
    has_huffman_tables: bool,
    scans: usize,
    has_end: bool,
}

/// The frame header.
struct Frame {
    marker: u8,
    width: u16,
    height: u16,
    components: Vec<Component>,
    /// Whether the first scan leaves components out.
    is_split: bool,
}

struct Component {
    id: u8,
    horizontal: u8,
    vertical: u8,
    /// For each coefficient the lowest bits that no scan has brought yet; 0 when it is complete.
    missing_bits: [u8; 64],
}

impl<'a> Outline<'a> {
    /// Reads a file that begins with the start mark.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Rejection> {
        let mut outline = Self {
            file: Vec::with_capacity(bytes.len() + 64),
            ..Self::default()
        };
        outline.file.extend([0xff, START]);
        let mut rest = bytes.get(2..).unwrap_or_default();
        while let Some(marker) = next_marker(&mut rest) {
            match marker {
                END => {
                    outline.has_end = true;
                    break;
                }
                // Another picture begins, and this one has no end mark.
                START if outline.scans > 0 => break,
                // These have no content: TEM, the restart marks, a start mark too many.
                0x01 | 0xd0..=START => {}
                _ => {
                    let Some(content) = content(&mut rest) else {
                        break;
                    };
                    outline.take(marker, content)?;
                    if marker == SCAN {
                        outline.file.extend(compressed(&mut rest));
                    }
                }
            }
        }
        outline.finish()
    }

    fn take(&mut self, marker: u8, content: &'a [u8]) -> Result<(), Rejection> {
        match marker {
            APP0 => self.has_jfif |= content.starts_with(b"JFIF\0"),
            APP1 if self.exif.is_none() && content.starts_with(b"Exif\0") => {
                self.exif = Some(content);
            }
            APP14 if content.starts_with(b"Adobe") => self.adobe = content.get(11).copied(),
            BASELINE | EXTENDED | PROGRESSIVE => self.take_frame(marker, content)?,
            HUFFMAN => {
                self.has_huffman_tables = true;
                self.copy(marker, content);
            }
            QUANTIZATION | RESTART_INTERVAL => self.copy(marker, content),
            ARITHMETIC | 0xc3..=0xcf => return Err(Rejection::UnsupportedVariant),
            SCAN => self.take_scan(content)?,
            _ => {}
        }
        Ok(())
    }

    fn take_frame(&mut self, marker: u8, content: &[u8]) -> Result<(), Rejection> {
        if self.frame.is_some() {
            return Err(Rejection::Corrupt);
        }
        self.frame = Some(Frame::read(marker, content)?);
        self.copy(marker, content);
        Ok(())
    }

    fn take_scan(&mut self, content: &[u8]) -> Result<(), Rejection> {
        let frame = self.frame.as_mut().ok_or(Rejection::Corrupt)?;
        frame.follow(content, self.scans == 0)?;
        if self.scans == MAX_SCANS {
            return Err(Rejection::UnsupportedVariant);
        }
        if self.scans == 0 && !self.has_huffman_tables {
            // Frames of a motion JPEG rely on tables that everybody knows; the decoder adds them to files marked so.
            self.copy(APP0, b"AVI1\0");
        }
        self.scans += 1;
        self.copy(SCAN, content);
        Ok(())
    }

    fn copy(&mut self, marker: u8, content: &[u8]) {
        self.file.extend(segment(marker, content));
    }

    fn finish(mut self) -> Result<Self, Rejection> {
        let frame = self.frame.as_ref().ok_or(self.missing())?;
        // A progressive file may end when it is good enough for its writer, but says so by its end mark.
        let is_finished = frame.is_complete() || frame.marker == PROGRESSIVE && self.has_end;
        if self.scans == 0 || !is_finished {
            return Err(self.missing());
        }
        // The decoder wants to meet the next mark right after the first of several scans.
        if self.scans > 1 || frame.marker != PROGRESSIVE {
            self.file.extend(ONES);
        }
        self.file.extend([0xff, END]);
        if let Some(transform) = self.transform() {
            let adobe = [b"Adobe\0\x64\0\0\0\0", &[transform][..]].concat();
            self.file.splice(2..2, segment(APP14, &adobe));
        }
        Ok(self)
    }

    /// The color transform for the decoder, chosen as libjpeg chooses it: 0 none, 1 YCbCr, 2 YCCK.
    fn transform(&self) -> Option<u8> {
        let components = self.frame.as_ref()?.components.as_slice();
        let is_rgb = || components.iter().map(|c| c.id).eq(*b"RGB");
        match (components.len(), self.adobe) {
            (3, _) if self.has_jfif => Some(1),
            (3, None) => Some(u8::from(!is_rgb())),
            (3, Some(transform)) => Some(transform.min(1)),
            (4, None | Some(0)) => Some(0),
            (4, Some(_)) => Some(2),
            _ => None,
        }
    }

    /// Width and height as stored, in pixels.
    pub(super) fn size(&self) -> (u32, u32) {
        let frame = self.frame.as_ref();
        frame.map_or((0, 0), |frame| (frame.width.into(), frame.height.into()))
    }

    /// The memory that decoding needs, in bytes: three for a pixel of output, and two per coefficient where all must be
    /// held until the last scan.
    pub(super) fn memory(&self) -> u64 {
        let (width, height) = self.size();
        let output = 3 * u64::from(width) * u64::from(height);
        let held = self.frame.as_ref().filter(|frame| frame.is_held());
        output + held.map_or(0, |frame| 2 * frame.coefficients())
    }

    /// Why the picture cannot be shown when the decoder missed something.
    pub(super) fn missing(&self) -> Rejection {
        if self.has_end {
            Rejection::Corrupt
        } else {
            Rejection::Truncated
        }
    }
}

impl Frame {
    fn read(marker: u8, content: &[u8]) -> Result<Self, Rejection> {
        let (header, list) = content.split_first_chunk::<6>().ok_or(Rejection::Corrupt)?;
        let [precision, h1, h0, w1, w0, count] = *header;
        let (width, height) = (u16::from_be_bytes([w1, w0]), u16::from_be_bytes([h1, h0]));
        // The height of zero stands for one that is told after the first scan.
        if precision != 8 || height == 0 || !matches!(count, 1 | 3 | 4) {
            return Err(Rejection::UnsupportedVariant);
        }
        let components: Vec<_> = list.chunks_exact(3).map(Component::read).collect();
        let are_sampled = components
            .iter()
            .all(|c| (1..=4).contains(&c.horizontal) && (1..=4).contains(&c.vertical));
        if width == 0 || list.len() != 3 * usize::from(count) || !are_sampled {
            return Err(Rejection::Corrupt);
        }
        Ok(Self {
            marker,
            width,
            height,
            components,
            is_split: false,
        })
    }

    /// Notes what a scan with this header brings (T.81, B.2.3).
    fn follow(&mut self, header: &[u8], is_first: bool) -> Result<(), Rejection> {
        let (count, header) = header.split_first().ok_or(Rejection::Corrupt)?;
        let Some((list, &[first, last, bits])) = header.split_last_chunk::<3>() else {
            return Err(Rejection::Corrupt);
        };
        let (first, last) = match self.marker {
            PROGRESSIVE => (usize::from(first), usize::from(last)),
            _ => (0, 63),
        };
        if list.len() != 2 * usize::from(*count) || first > last || last > 63 {
            return Err(Rejection::Corrupt);
        }
        let low = if self.marker == PROGRESSIVE {
            bits & 0x0f
        } else {
            0
        };
        if is_first {
            self.is_split = usize::from(*count) < self.components.len();
        }
        for named in list.chunks_exact(2) {
            let mut components = self.components.iter_mut();
            let component = components.find(|component| component.id == named[0]);
            component.ok_or(Rejection::Corrupt)?.missing_bits[first..=last].fill(low);
        }
        Ok(())
    }

    fn is_complete(&self) -> bool {
        self.components
            .iter()
            .all(|component| component.missing_bits == [0; 64])
    }

    /// Whether the decoder holds all coefficients until the last scan.
    fn is_held(&self) -> bool {
        self.marker == PROGRESSIVE || self.is_split
    }

    fn coefficients(&self) -> u64 {
        let most = |side: fn(&Component) -> u8| self.components.iter().map(side).max();
        let units = |pixels: u16, most: Option<u8>| {
            u64::from(pixels).div_ceil(8 * u64::from(most.unwrap_or(1)))
        };
        let blocks =
            units(self.width, most(|c| c.horizontal)) * units(self.height, most(|c| c.vertical));
        let per_unit = |c: &Component| u64::from(c.horizontal) * u64::from(c.vertical);
        64 * blocks * self.components.iter().map(per_unit).sum::<u64>()
    }
}

impl Component {
    fn read(bytes: &[u8]) -> Self {
        Self {
            id: bytes[0],
            horizontal: bytes[1] >> 4,
            vertical: bytes[1] & 0x0f,
            missing_bits: [u8::MAX; 64],
        }
    }
}

/// Steps over the next mark, and over all that is none: stray bytes, fill bytes, stuffed zeros.
fn next_marker(rest: &mut &[u8]) -> Option<u8> {
    let at = rest
        .windows(2)
        .position(|pair| pair[0] == 0xff && !matches!(pair[1], 0 | 0xff))?;
    let marker = rest[at + 1];
    *rest = &rest[at + 2..];
    Some(marker)
}

/// Steps over the content of a segment; there is none when the file ends first.
fn content<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, tail) = rest.split_first_chunk::<2>()?;
    // The length counts its own two bytes, though not in every file.
    let length = usize::from(u16::from_be_bytes(*length)).saturating_sub(2);
    let (content, tail) = tail.split_at_checked(length)?;
    *rest = tail;
    Some(content)
}

/// Steps over the compressed data of a scan, with the restart marks in it.
fn compressed<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let end = rest
        .windows(2)
        .position(|pair| pair[0] == 0xff && !matches!(pair[1], 0 | 0xd0..=0xd7 | 0xff))
        .unwrap_or(rest.len());
    let (mut data, tail) = rest.split_at(end);
    while let [shorter @ .., 0xff] = data {
        data = shorter;
    }
    *rest = tail;
    data
}

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    // Contents come from segments, whose length fits.
    let length = u16::try_from(content.len() + 2).unwrap_or(u16::MAX);
    [&[0xff, marker][..], &length.to_be_bytes(), content].concat()
}
