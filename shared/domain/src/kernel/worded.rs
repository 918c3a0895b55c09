//! The texts of the directory's entries: a reader of entries from files cleans and judges every one of them here.

use crate::kernel::calendar::CalendarData;
use crate::kernel::input::{TextError, judge, normalize_line};
use crate::kernel::limits::{
    LOGO_CHARS, NAME_CHARS, PHONE_CHARS, SOURCE_CHARS, TITLE_CHARS, WELCOME_CHARS,
};
use crate::kernel::org::{Name, Staff, Unit};
use crate::kernel::profile::Profile;

/// A text of an entry.
#[derive(Debug)]
pub struct Wording<'a> {
    /// The path of its field, e.g. `name.zh`.
    pub field: &'static str,
    /// The text.
    pub text: &'a mut String,
    /// The most characters that it may have.
    pub max: usize,
}

/// An entry of the directory with texts that people read.
pub trait Worded {
    /// Every text of the entry.
    fn wordings(&mut self) -> Vec<Wording<'_>>;

    /// Cleans every text as a route would, and says which of them a route would refuse.
    fn clean(&mut self) -> Vec<(&'static str, TextError)> {
        let wordings = self.wordings().into_iter();
        let judged = wordings.filter_map(|Wording { field, text, max }| {
            *text = normalize_line(text);
            let fault = judge(text, &(1..=max)).err()?;
            Some((field, fault))
        });
        judged.collect()
    }
}

/// The two names of an entry.
pub fn names(name: &mut Name) -> Vec<Wording<'_>> {
    [("name.zh", &mut name.zh), ("name.en", &mut name.en)]
        .map(|(field, text)| Wording {
            field,
            text,
            max: TITLE_CHARS,
        })
        .into()
}

/// The texts of how a unit presents itself.
fn of_profile(profile: &mut Profile) -> Vec<Wording<'_>> {
    let wording = |field, text, max| Wording { field, text, max };
    let mut all = Vec::new();
    if let Some(logo) = &mut profile.logo {
        all.push(wording("profile.logo", logo, LOGO_CHARS));
    }
    for phone in &mut profile.phones {
        all.push(wording(
            "profile.phones.name.zh",
            &mut phone.name.zh,
            TITLE_CHARS,
        ));
        all.push(wording(
            "profile.phones.name.en",
            &mut phone.name.en,
            TITLE_CHARS,
        ));
        all.push(wording(
            "profile.phones.number",
            &mut phone.number,
            PHONE_CHARS,
        ));
    }
    if let Some(hours) = &mut profile.hours {
        all.push(wording("profile.hours.zh", &mut hours.zh, TITLE_CHARS));
        all.push(wording("profile.hours.en", &mut hours.en, TITLE_CHARS));
    }
    if let Some(welcome) = &mut profile.welcome {
        all.push(wording(
            "profile.welcome.zh",
            &mut welcome.zh,
            WELCOME_CHARS,
        ));
        all.push(wording(
            "profile.welcome.en",
            &mut welcome.en,
            WELCOME_CHARS,
        ));
    }
    all
}

impl Worded for Unit {
    fn wordings(&mut self) -> Vec<Wording<'_>> {
        let mut all = names(&mut self.name);
        all.extend(of_profile(&mut self.profile));
        all
    }
}

impl Worded for Staff {
    fn wordings(&mut self) -> Vec<Wording<'_>> {
        vec![Wording {
            field: "name",
            text: &mut self.name,
            max: NAME_CHARS,
        }]
    }
}

impl Worded for CalendarData {
    fn wordings(&mut self) -> Vec<Wording<'_>> {
        vec![Wording {
            field: "source",
            text: &mut self.source,
            max: SOURCE_CHARS,
        }]
    }
}
