//! Forms: each control with its label, its hint and what is wrong with it.

use maud::{Markup, html};
use zhitiao_edge::FormBody;
use zhitiao_edge::problem::FieldErrorView;
use zhitiao_texts::Lang;

use crate::label;

/// A form as it was sent, with what is wrong in it; empty at first.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filled<'a> {
    /// What was sent.
    pub sent: Option<&'a FormBody>,
    /// What is wrong, in the reader's language.
    pub errors: &'a [FieldErrorView],
}

impl<'a> Filled<'a> {
    /// The value of a field as it was sent.
    pub fn value(&self, name: &str) -> &'a str {
        let value = self.sent.and_then(|sent| sent.value(name));
        value.unwrap_or_default()
    }

    fn error(&self, name: &str) -> Option<&'a str> {
        let found = self.errors.iter().find(|error| error.field == name);
        found.map(|error| error.message.as_str())
    }

    /// Whether a field is wrong, as a screen reader is told.
    pub fn invalid(&self, name: &str) -> Option<&'static str> {
        self.error(name).map(|_| "true")
    }

    /// What must be corrected, each with a link to its field, in the order in which the form names its fields; nothing
    /// when nothing is wrong.
    pub fn summary(&self, order: &[&str], lang: Lang) -> Markup {
        let place = |error: &&FieldErrorView| order.iter().position(|name| *name == error.field);
        let mut errors: Vec<&FieldErrorView> = self.errors.iter().collect();
        errors.sort_by_key(|error| place(error).unwrap_or(order.len()));
        html! {
            @if !errors.is_empty() {
                section.errors role="alert" tabindex="-1" autofocus {
                    h2 { (label("report.again", lang)) }
                    ul {
                        @for error in &errors {
                            li { a href={ "#" (id(&error.field)) } { (named(error, lang)) } }
                        }
                    }
                }
            }
        }
    }

    /// A control under its label. `control` gets the id of the control and the id of what describes it.
    pub fn field(
        &self,
        name: &str,
        said: &str,
        hint: Option<&str>,
        control: impl FnOnce(&str, Option<String>) -> Markup,
    ) -> Markup {
        self.field_as(&id(name), name, said, hint, control)
    }

    /// The same under an id of its own, where several forms of a page have a field of that name.
    pub fn field_as(
        &self,
        id: &str,
        name: &str,
        said: &str,
        hint: Option<&str>,
        control: impl FnOnce(&str, Option<String>) -> Markup,
    ) -> Markup {
        let error = self.error(name);
        let described = (hint.is_some() || error.is_some()).then(|| format!("{id}-note"));
        html! {
            div.field.wrong[error.is_some()] {
                label for=(id) { (said) }
                @if let Some(note) = &described {
                    p.note id=(note) {
                        @if let Some(error) = error { strong.error { (error) } " " }
                        @if let Some(hint) = hint { (hint) }
                    }
                }
                (control(id, described.clone()))
            }
        }
    }

    /// One line of text.
    pub fn line(
        &self,
        name: &str,
        said: &str,
        hint: Option<&str>,
        kind: &str,
        fills: &str,
    ) -> Markup {
        self.field(name, said, hint, |id, note| {
            html! {
                input id=(id) name=(name) type=(kind) autocomplete=(fills) value=(self.value(name)) aria-describedby=[note] aria-invalid=[self.invalid(name)];
            }
        })
    }

    /// A box to tick; never ticked beforehand.
    pub fn tick(&self, name: &str, said: &str) -> Markup {
        let id = id(name);
        html! {
            label.tick for=(id) {
                input id=(id) name=(name) type="checkbox" value="true" checked[self.value(name) == "true"];
                span { (said) }
            }
        }
    }
}

/// What is wrong, with the name of its field as the form shows it.
fn named(error: &FieldErrorView, lang: Lang) -> String {
    let (_, last) = error.field.rsplit_once('.').unwrap_or(("", &error.field));
    match (label(&format!("field.{last}"), lang), lang) {
        ("", _) => error.message.clone(),
        (name, Lang::Zh) => format!("{name}：{}", error.message),
        (name, Lang::En) => format!("{name}: {}", error.message),
    }
}

/// The id of a field's control.
fn id(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    name.chars().map(plain).collect()
}
