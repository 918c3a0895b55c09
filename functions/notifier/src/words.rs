//! The words of a message, in the parts by which it may be shortened: whole lines fall out and are counted, and the
//! link stays whole.

use zhitiao_texts::{Lang, fill, text as sentence};

/// Stands for the lines in a frame.
const LINES: &str = "{lines}";

/// Stands for the link in a frame.
const LINK: &str = "{link}";

/// Lines under one heading.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    /// The heading, which says how many there are.
    pub(crate) heading: String,
    /// The lines that may fall out, the last first.
    pub(crate) lines: Vec<String>,
    /// How many lines there are beside these.
    pub(crate) left_out: usize,
    /// The code of the sentence about those that are left out.
    pub(crate) more: &'static str,
}

/// The words of a message.
#[derive(Debug, Clone)]
pub(crate) struct Words {
    frame: String,
    blocks: Vec<Block>,
    link: String,
    lang: Lang,
}

impl Words {
    /// A sentence with a link.
    pub(crate) fn new(frame: String, link: String, lang: Lang) -> Self {
        Self::with_lines(frame, Vec::new(), link, lang)
    }

    /// A sentence with lines and a link.
    pub(crate) fn with_lines(frame: String, blocks: Vec<Block>, link: String, lang: Lang) -> Self {
        Self {
            frame,
            blocks,
            link,
            lang,
        }
    }

    /// All of it.
    pub(crate) fn whole(&self) -> String {
        self.within(usize::MAX)
    }

    /// As much of it as so many bytes of UTF-8 take. The link stays whole, also where it alone is longer.
    pub(crate) fn within(&self, bytes: usize) -> String {
        let mut blocks = self.blocks.clone();
        loop {
            let text = self.render(&blocks);
            if (text.len() + self.link.len()).saturating_sub(LINK.len()) <= bytes {
                return text.replace(LINK, &self.link);
            }
            let longest = blocks.iter_mut().max_by_key(|block| block.lines.len());
            match longest.filter(|block| !block.lines.is_empty()) {
                Some(block) => {
                    block.lines.pop();
                    block.left_out += 1;
                }
                None => return self.cut(&text, bytes),
            }
        }
    }

    fn render(&self, blocks: &[Block]) -> String {
        let mut lines = Vec::new();
        for block in blocks {
            lines.push(block.heading.clone());
            lines.extend(block.lines.iter().cloned());
            if block.left_out > 0 {
                let more = sentence(block.more, self.lang).unwrap_or_default();
                lines.push(fill(more, &[("count", block.left_out.to_string())]));
            }
        }
        self.frame.replace(LINES, &lines.join("\n"))
    }

    /// Nothing is left to fall out: the text before the link ends early.
    fn cut(&self, text: &str, bytes: usize) -> String {
        let (before, after) = text.split_once(LINK).unwrap_or((text, ""));
        let room = bytes.saturating_sub(self.link.len() + after.len() + "…\n".len());
        let mut end = room.min(before.len());
        while !before.is_char_boundary(end) {
            end -= 1;
        }
        format!("{}…\n{}{after}", &before[..end], self.link)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK_TO: &str = "https://zhitiao.shinan.example.org/v1/desk/queue";

    fn digest(units: &str, lines: usize) -> Words {
        let block = |heading: &str, lines: usize, more| Block {
            heading: format!("{heading} {lines} 件："),
            lines: (0..lines)
                .map(|line| {
                    format!("编号 K7M3-9QXD-{line}，井盖缺失，香港花园社区，原定11月23日10:00办结")
                })
                .collect(),
            left_out: 0,
            more,
        };
        let blocks = vec![
            block("红牌，已经超期", lines, "digest.more"),
            block("今天到期", lines, "digest.more"),
        ];
        let frame = format!("【今日待办】{units}\n{{lines}}\n打开：{{link}}");
        Words::with_lines(frame, blocks, LINK_TO.to_owned(), Lang::Zh)
    }

    #[test]
    fn whole_lines_fall_out_and_are_counted_and_the_link_stays() {
        for lines in [0, 1, 7, 20, 60] {
            let words = digest("香港花园社区", lines);
            let whole = words.whole();
            for bytes in [400, 1_000, 2_048, 4_096, 100_000] {
                let text = words.within(bytes);
                assert!(text.len() <= bytes, "{} of {bytes}", text.len());
                assert!(text.ends_with(&format!("打开：{LINK_TO}")), "{text}");
                assert!(
                    text.contains(&format!("红牌，已经超期 {lines} 件")),
                    "{text}"
                );
                let named = text.matches("编号 ").count();
                for line in text.lines().filter(|line| line.starts_with("编号 ")) {
                    assert!(whole.contains(&format!("\n{line}\n")), "cut: {line}");
                }
                let more = text.lines().filter_map(|line| line.strip_prefix("还有 "));
                let more = more.filter_map(|line| line.split(' ').next()?.parse::<usize>().ok());
                assert_eq!(named + more.sum::<usize>(), 2 * lines, "{text}");
            }
        }
    }

    #[test]
    fn what_is_nothing_but_one_long_line_ends_early_and_keeps_its_link() {
        let units = "香港花园社区、".repeat(400);
        let text = digest(&units, 3).within(2_048);
        assert!(text.len() <= 2_048);
        assert!(text.ends_with(LINK_TO), "{text}");
        let notice = Words::new(
            "井盖，办理：{link}".to_owned(),
            LINK_TO.to_owned(),
            Lang::Zh,
        );
        assert!(notice.within(10).ends_with(LINK_TO));
        assert_eq!(notice.whole(), format!("井盖，办理：{LINK_TO}"));
    }
}
