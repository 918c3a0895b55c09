//! The terminal: colors and progress where a person watches, plain lines where the output goes to a file.

use std::fmt::Display;
use std::io::{self, Stdout, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use jiff::Timestamp;
use unicode_width::UnicodeWidthStr;
use zhitiao_domain::kernel::calendar::OFFSET;

/// Headings.
const HEADING: Style = AnsiColor::Cyan.on_default().bold();
/// The English beside the Chinese, and what a hurried reader may skip.
pub(crate) const FAINT: Style = Style::new().dimmed();
/// Work that was done.
pub(crate) const DONE: Style = AnsiColor::Green.on_default();
/// A reminder before the promise is broken.
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// A reminder after that.
pub(crate) const ALARM: Style = AnsiColor::Red.on_default().bold();

/// Columns of the moment in front of a line.
const MARGIN: usize = 18;

/// Columns that a sentence and its English may share.
const WIDTH: usize = 84;

/// Where the demo prints.
pub(crate) struct Terminal {
    out: AutoStream<Stdout>,
    live: bool,
    number: u8,
}

impl Terminal {
    pub(crate) fn open() -> Self {
        let out = anstream::stdout();
        let live = out.is_terminal() && out.current_choice() != ColorChoice::Never;
        Self {
            out,
            live,
            number: 0,
        }
    }

    /// The title of the demo.
    pub(crate) fn title(&mut self, zh: &str, en: &str) -> io::Result<()> {
        writeln!(self.out, "\n{HEADING}{zh}{HEADING:#}  {en}")
    }

    /// The next part.
    pub(crate) fn heading(&mut self, zh: &str, en: &str) -> io::Result<()> {
        self.number += 1;
        let number = self.number;
        self.wipe()?;
        writeln!(self.out, "\n{HEADING}{number}  {zh}  {en}{HEADING:#}")
    }

    /// A line without a moment.
    pub(crate) fn line(&mut self, line: impl Display) -> io::Result<()> {
        self.wipe()?;
        writeln!(self.out, "   {line}")
    }

    /// An explanation for the reader.
    pub(crate) fn aside(&mut self, line: impl Display) -> io::Result<()> {
        self.line(format_args!("{FAINT}{line}{FAINT:#}"))
    }

    /// What happened at a moment of the moved clock.
    pub(crate) fn at(&mut self, moment: Timestamp, line: impl Display) -> io::Result<()> {
        let moment = clock(moment);
        self.line(format_args!("{FAINT}{moment:<MARGIN$}{FAINT:#}{line}"))
    }

    /// The same in both languages, on one line where there is room.
    pub(crate) fn both_at(
        &mut self,
        moment: Timestamp,
        zh: &str,
        en: &str,
        style: Style,
    ) -> io::Result<()> {
        let zh_styled = format!("{style}{zh}{style:#}");
        if zh.width() + en.width() < WIDTH {
            return self.at(moment, format_args!("{zh_styled} {FAINT}· {en}{FAINT:#}"));
        }
        self.at(moment, zh_styled)?;
        self.more(format_args!("{FAINT}{en}{FAINT:#}"))
    }

    /// More about the line before.
    pub(crate) fn more(&mut self, line: impl Display) -> io::Result<()> {
        self.line(format_args!("{:MARGIN$}{line}", ""))
    }

    /// What is being done right now; the next line takes its place. Only where a person watches.
    pub(crate) fn progress(&mut self, doing: impl Display) -> io::Result<()> {
        if self.live {
            self.wipe()?;
            write!(self.out, "   {FAINT}{doing} ...{FAINT:#}")?;
            self.out.flush()?;
        }
        Ok(())
    }

    fn wipe(&mut self) -> io::Result<()> {
        if self.live {
            write!(self.out, "\r\x1b[2K")?;
        }
        Ok(())
    }
}

/// A moment as the demo prints it: `Mon 23 Nov 09:00`.
pub(crate) fn clock(moment: Timestamp) -> String {
    let local = OFFSET.to_datetime(moment);
    local.strftime("%a %e %b %H:%M").to_string()
}

/// A number of bytes for people.
pub(crate) fn size(bytes: usize) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}
