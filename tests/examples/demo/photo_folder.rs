//! The photos of the demo: taken, kept as files, and laid out on a contact sheet once they came back.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use futures_util::{Stream, StreamExt, stream};
use zhitiao_local::BoxError;
use zhitiao_pictures::scene::{Subject, View, contact_sheet};
use zhitiao_tests::Upload;

/// How many photos are drawn at the same time.
const AT_ONCE: usize = 2;

/// One photo to take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Motif {
    pub(crate) subject: Subject,
    pub(crate) view: View,
    /// How the phone was held: 1 to 8, as EXIF counts.
    pub(crate) orientation: u8,
    /// Whether it shows the finished work.
    pub(crate) repaired: bool,
}

impl Motif {
    /// Three subjects from three sides, and each once more when it is repaired. Every orientation occurs.
    pub(crate) fn all() -> Vec<Self> {
        let reported = Subject::ALL
            .into_iter()
            .flat_map(|subject| View::ALL.map(|view| (subject, view, false)));
        let repaired = [
            (Subject::OpenManhole, View::Front, true),
            (Subject::LeaningWall, View::Front, true),
            (Subject::DarkLamp, View::Surroundings, true),
        ];
        (0_u8..)
            .zip(reported.chain(repaired))
            .map(|(n, (subject, view, repaired))| Self {
                subject,
                view,
                orientation: n % 8 + 1,
                repaired,
            })
            .collect()
    }

    /// `manhole-front`.
    pub(crate) fn name(self) -> String {
        let subject = match self.subject {
            Subject::OpenManhole => "manhole",
            Subject::LeaningWall => "wall",
            Subject::DarkLamp => "lamp",
        };
        let view = match self.view {
            _ if self.repaired => "repaired",
            View::Front => "front",
            View::Side => "side",
            View::Surroundings => "surroundings",
        };
        format!("{subject}-{view}")
    }
}

/// A photo that was taken.
pub(crate) struct Photo {
    pub(crate) motif: Motif,
    pub(crate) upload: Upload,
    pub(crate) took: Duration,
}

/// Takes all photos, some at once, and hands them out in order.
pub(crate) fn take(motifs: Vec<Motif>) -> impl Stream<Item = Result<Photo, BoxError>> {
    stream::iter(motifs)
        .map(|motif| async move { Ok(tokio::task::spawn_blocking(move || develop(motif)).await?) })
        .buffered(AT_ONCE)
}

fn develop(motif: Motif) -> Photo {
    let start = Instant::now();
    let Motif {
        subject,
        view,
        orientation,
        repaired,
    } = motif;
    let camera = if repaired {
        Upload::repaired
    } else {
        Upload::of
    };
    Photo {
        motif,
        upload: camera(subject, view, orientation),
        took: start.elapsed(),
    }
}

/// The folder with everything that the demo leaves behind.
pub(crate) struct PhotoFolder {
    folder: PathBuf,
    pages: Vec<(Vec<u8>, String)>,
}

impl PhotoFolder {
    /// An empty folder; what an earlier run left is gone.
    pub(crate) fn open(folder: PathBuf) -> Result<Self, BoxError> {
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        let photo_folder = Self {
            folder,
            pages: Vec::new(),
        };
        fs::create_dir_all(photo_folder.photos())?;
        Ok(photo_folder)
    }

    /// A file of this name in the folder.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Keeps a photo as the phone wrote it.
    pub(crate) fn keep(&self, photo: &Photo) -> Result<(), BoxError> {
        let file = format!("{}.jpg", photo.motif.name());
        Ok(fs::write(self.photos().join(file), &photo.upload.jpeg)?)
    }

    /// Puts a photo that came back on the contact sheet, with what it no longer says.
    pub(crate) fn paste(&mut self, motif: Motif, jpeg: Vec<u8>, removed: usize) {
        let Motif { orientation, .. } = motif;
        let label = format!(
            "{}: orientation {orientation}, {removed} B removed",
            motif.name()
        );
        self.pages.push((jpeg, label));
    }

    /// Writes the contact sheet.
    pub(crate) fn print(&self) -> Result<PathBuf, BoxError> {
        let pages = self.pages.iter();
        let pages: Vec<_> = pages
            .map(|(jpeg, label)| (jpeg.as_slice(), label.as_str()))
            .collect();
        let path = self.folder.join("contact-sheet.png");
        fs::write(&path, contact_sheet(&pages)?)?;
        Ok(path)
    }

    /// The folder with the photos as the phone wrote them.
    pub(crate) fn photos(&self) -> PathBuf {
        self.folder.join("photos")
    }
}

/// Bytes of a JPEG file that speak of camera, place and person: its segments APP1 to APP15 and its comments.
pub(crate) fn metadata_bytes(jpeg: &[u8]) -> usize {
    const SCAN: u8 = 0xda;
    let mut bytes = 0;
    let mut rest = jpeg.get(2..).unwrap_or_default();
    while let [0xff, marker, high, low, ..] = *rest {
        let length = 2 + usize::from(u16::from_be_bytes([high, low]));
        match marker {
            SCAN => break,
            0xe1..=0xef | 0xfe => bytes += length,
            _ => {}
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    bytes
}
