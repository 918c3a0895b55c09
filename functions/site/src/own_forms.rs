//! The forms of a visitor's own case: each shows only while its command is possible.

use http::StatusCode;
use maud::{Markup, html};
use uuid::Uuid;
use zhitiao_domain::case::state::Verb;
use zhitiao_domain::kernel::limits::{PHOTO_BYTES, PHOTOS};
use zhitiao_edge::form::KEY_FIELD;
use zhitiao_pages::form::Filled;
use zhitiao_pages::{label, label_with};
use zhitiao_photos::FormGrant;
use zhitiao_texts::Lang;

/// A form that was refused.
pub(crate) struct Refused<'a> {
    pub(crate) verb: Verb,
    pub(crate) status: StatusCode,
    /// What happened, when no field is at fault.
    pub(crate) notice: Vec<String>,
    pub(crate) filled: Filled<'a>,
}

/// The forms of one case.
pub(crate) struct Forms<'a> {
    pub(crate) number: &'a str,
    /// The words of the report as they are.
    pub(crate) words: &'a str,
    pub(crate) possible: &'a [Verb],
    pub(crate) refused: Option<&'a Refused<'a>>,
}

impl Forms<'_> {
    /// What was refused, at the top of the page.
    pub(crate) fn problem(&self, lang: Lang) -> Markup {
        html! {
            @if let Some(refused) = self.refused {
                @if !refused.notice.is_empty() {
                    section.errors role="alert" tabindex="-1" autofocus {
                        @for line in &refused.notice { p { (line) } }
                    }
                }
                (refused.filled.summary(&[], lang))
            }
        }
    }

    /// Every form that is possible now.
    pub(crate) fn all(&self, lang: Lang) -> Markup {
        html! {
            @if !self.possible.is_empty() {
                section.act aria-labelledby="act" {
                    h2 #act { (label("act", lang)) }
                    @for verb in self.possible {
                        @match verb {
                            Verb::Confirm => (self.confirm(lang)),
                            Verb::Object => (self.object(lang)),
                            Verb::Reply => (self.reply(lang)),
                            Verb::AddPhotos => (self.photos(lang)),
                            Verb::Urge => (self.urge(lang)),
                            Verb::Correct => (self.correct(lang)),
                            Verb::SetContact => (self.contact(lang)),
                            Verb::EraseContact => (self.erase_contact(lang)),
                            Verb::RevokeConsent => (self.private(lang)),
                            Verb::Withdraw => (self.withdraw(lang)),
                            _ => {},
                        }
                    }
                }
            }
        }
    }

    /// What was filled in, when this form was the one that was refused.
    fn filled(&self, verb: Verb) -> Filled<'_> {
        let refused = self.refused.filter(|refused| refused.verb == verb);
        refused.map_or_else(Filled::default, |refused| refused.filled)
    }

    fn form(&self, action: &str, verb: Verb, content: &Markup) -> Markup {
        // A refused form comes back under its key, so that a first try that arrived after all counts once.
        let again = self.filled(verb).value(KEY_FIELD).to_owned();
        let is_kept = !again.is_empty()
            && self
                .refused
                .is_some_and(|refused| refused.status != StatusCode::UNPROCESSABLE_ENTITY);
        let key = if is_kept {
            again
        } else {
            Uuid::new_v4().to_string()
        };
        html! {
            form method="post" action={ "/my/" (self.number) "/" (action) } {
                input type="hidden" name=(KEY_FIELD) value=(key);
                (content)
            }
        }
    }

    /// A form that is opened by a tap first: what it does is not undone.
    fn folded(&self, verb: Verb, title: &str, form: &Markup) -> Markup {
        let is_open = self.refused.is_some_and(|refused| refused.verb == verb);
        html! { details open[is_open] { summary { (title) } (form) } }
    }

    fn words(&self, verb: Verb, name: &str, said: &str, hint: Option<&str>, first: &str) -> Markup {
        let filled = self.filled(verb);
        let sent = filled.sent.and_then(|sent| sent.value(name));
        // Several forms of the page have a field of this name; the summary of what is wrong links to the refused one.
        let id = match filled.sent {
            Some(_) => name.to_owned(),
            None => format!("{name}-{verb:?}").to_lowercase(),
        };
        filled.field_as(&id, name, said, hint, |id, note| {
            html! { textarea id=(id) name=(name) rows="3" aria-describedby=[note] aria-invalid=[filled.invalid(name)] { (sent.unwrap_or(first)) } }
        })
    }

    /// Whether it is solved, and apart from that whether the reporter is satisfied: neither is asked by the other.
    fn confirm(&self, lang: Lang) -> Markup {
        let said = |code| label(code, lang);
        let words = self.words(Verb::Confirm, "text", said("act.confirm.words"), None, "");
        let content = html! {
            h3 { (said("act.judge")) }
            fieldset {
                legend { (said("act.satisfied")) }
                @for (value, code) in [("true", "act.satisfied.yes"), ("false", "act.satisfied.no"), ("", "act.satisfied.open")] {
                    label.tick {
                        input type="radio" name="satisfied" value=(value) checked[value.is_empty()];
                        span { (said(code)) }
                    }
                }
            }
            (words)
            button type="submit" { (said("act.confirm.send")) }
        };
        self.form("confirm", Verb::Confirm, &content)
    }

    fn object(&self, lang: Lang) -> Markup {
        let said = |code| label(code, lang);
        let hint = Some(said("act.object.hint"));
        let words = self.words(Verb::Object, "text", said("act.object.words"), hint, "");
        let content = html! { (words) button type="submit" { (said("act.object.send")) } };
        let form = self.form("object", Verb::Object, &content);
        self.folded(Verb::Object, said("act.object"), &form)
    }

    fn reply(&self, lang: Lang) -> Markup {
        let said = |code| label(code, lang);
        let words = self.words(
            Verb::Reply,
            "text",
            said("act.reply"),
            Some(said("act.reply.hint")),
            "",
        );
        let content = html! { (words) button type="submit" { (said("act.reply.send")) } };
        self.form("reply", Verb::Reply, &content)
    }

    fn urge(&self, lang: Lang) -> Markup {
        let content = html! {
            button.plain type="submit" { (label("act.urge", lang)) }
            p.small { (label("act.urge.hint", lang)) }
        };
        self.form("urge", Verb::Urge, &content)
    }

    fn correct(&self, lang: Lang) -> Markup {
        let said = |code| label(code, lang);
        let words = self.words(
            Verb::Correct,
            "text",
            said("act.correct.words"),
            None,
            self.words,
        );
        let content = html! { (words) button type="submit" { (said("act.correct.send")) } };
        self.folded(
            Verb::Correct,
            said("act.correct"),
            &self.form("correct", Verb::Correct, &content),
        )
    }

    fn contact(&self, lang: Lang) -> Markup {
        let said = |code| label(code, lang);
        let filled = self.filled(Verb::SetContact);
        let content = html! {
            p { (said("act.contact.hint")) }
            (filled.line("name", said("field.name"), None, "text", "name"))
            (filled.line("phone", said("field.phone"), None, "tel", "tel"))
            button type="submit" { (said("act.contact.send")) }
        };
        let form = self.form("contact", Verb::SetContact, &content);
        self.folded(Verb::SetContact, said("act.contact"), &form)
    }

    fn erase_contact(&self, lang: Lang) -> Markup {
        let said = |code| label(code, lang);
        let content = html! {
            p { (said("act.erase_contact.hint")) }
            button type="submit" { (said("act.erase_contact")) }
        };
        let form = self.form("erase-contact", Verb::EraseContact, &content);
        self.folded(Verb::EraseContact, said("act.erase_contact"), &form)
    }

    fn private(&self, lang: Lang) -> Markup {
        let said = |code| label(code, lang);
        let content = html! {
            p { (said("act.private.hint")) }
            button type="submit" { (said("act.private")) }
        };
        let form = self.form("private", Verb::RevokeConsent, &content);
        self.folded(Verb::RevokeConsent, said("act.private"), &form)
    }

    fn withdraw(&self, lang: Lang) -> Markup {
        let said = |code| label(code, lang);
        let words = self.words(
            Verb::Withdraw,
            "reason",
            said("act.withdraw.reason"),
            None,
            "",
        );
        let content = html! {
            p { (said("act.withdraw.hint")) }
            (words)
            button type="submit" { (said("act.withdraw.send")) }
        };
        let form = self.form("withdraw", Verb::Withdraw, &content);
        self.folded(Verb::Withdraw, said("act.withdraw"), &form)
    }

    /// With the script the photos are chosen here; without it one is announced, and the next page uploads it.
    fn photos(&self, lang: Lang) -> Markup {
        let said = |code| label(code, lang);
        let key = Uuid::new_v4().to_string();
        html! {
            form method="post" action={ "/my/" (self.number) "/photos" } data-report data-photos=(PHOTOS) data-next={ "/my/" (self.number) }
                data-waiting=(said("photo.waiting")) data-uploading=(said("photo.uploading")) data-sent-label=(said("photo.sent"))
                data-failed=(said("photo.failed")) data-remove=(said("photo.remove")) data-sending=(said("report.sending")) data-open=(said("receipt.to_case")) {
                input type="hidden" name=(KEY_FIELD) value=(key);
                h3 { (said("act.photos")) }
                div.field #photo-field hidden {
                    label for="photo-files" { (label_with("field.photos", lang, &[("count", PHOTOS.to_string())])) }
                    input #photo-files type="file" accept="image/jpeg,image/png,image/heic,image/*" multiple;
                    ul #photo-list .photos aria-live="polite" {}
                }
                noscript {
                    input type="hidden" name="photos[0].content_type" value="image/jpeg";
                    input type="hidden" name="photos[0].bytes" value=(PHOTO_BYTES);
                    div.field {
                        label for="angle" { (said("act.photos.angle")) }
                        select #angle name="photos[0].angle" {
                            @for angle in ["surroundings", "detail", "front", "side"] {
                                option value=(angle) { (label(&format!("angle.{angle}"), lang)) }
                            }
                        }
                    }
                }
                button.plain type="submit" { (said("act.photos.send")) }
            }
        }
    }
}

/// The form that takes one photo straight to the bucket.
pub(crate) fn upload(grant: &FormGrant, case_path: &str, lang: Lang) -> Markup {
    let size = [("size", (PHOTO_BYTES >> 20).to_string())];
    html! {
        form method="post" action=(grant.action) enctype="multipart/form-data" {
            @for (name, value) in &grant.fields { input type="hidden" name=(name) value=(value); }
            div.field {
                label for="file" { (label("upload.file", lang)) }
                p.note #file-note { (label_with("upload.hint", lang, &size)) }
                input #file type="file" name="file" accept="image/*" required aria-describedby="file-note";
            }
            button type="submit" { (label("upload.send", lang)) }
        }
        p { a href=(case_path) { (label("upload.back", lang)) } }
    }
}
