//! Icons, drawn for this site; each stands beside its word and says nothing by itself.

use maud::{Markup, html};

/// What an icon shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    /// A pencil: to write.
    Pencil,
    /// A slip with a tick: one's own cases.
    Slip,
    /// A board on two legs: what everyone reads.
    Board,
    /// A telephone.
    Telephone,
}

impl Icon {
    fn path(self) -> &'static str {
        match self {
            Self::Pencil => "M4 20l1-5L16 4l4 4L9 19l-5 1zM14 6l4 4",
            Self::Slip => "M6 3h12v18l-3-2-3 2-3-2-3 2zM9 11l2 2 4-5",
            Self::Board => "M3 5h18v10H3zM7 15v5M17 15v5M7 9h10M7 12h6",
            Self::Telephone => "M6 3l4 1 1 5-3 2c1 3 3 5 6 6l2-3 5 1-1 5c-8 2-17-7-14-17z",
        }
    }

    /// The picture.
    pub fn draw(self) -> Markup {
        html! {
            svg.icon viewBox="0 0 24 24" width="32" height="32" aria-hidden="true" focusable="false" {
                path d=(self.path()) fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round" stroke-linecap="round" {}
            }
        }
    }
}
