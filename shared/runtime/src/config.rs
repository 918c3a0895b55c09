//! Configuration from the environment, read once at start with all faults reported together.

use std::fmt;

/// Declares what a function reads from its environment: a struct with one field for each variable, `VARS`, the names of
/// all, and `read`, which fails with every variable that is missing or wrong.
///
/// The list after `also` names what the start reads by itself: `LOG_LEVEL`, and `ORIGIN_SECRET` for HTTP. `STACK`,
/// which every start reads, is part of `VARS` without being named.
///
/// ```
/// use zhitiao_runtime::config::{self, Env};
///
/// config::config! {
///     /// What the example reads.
///     struct Config {
///         table: String = "CASES_TABLE" => Env::required,
///         district: u32 = "DISTRICT" => |env, name| env.parsed(name, str::parse),
///     }
///     also ["LOG_LEVEL"]
/// }
///
/// assert_eq!(Config::VARS, ["CASES_TABLE", "DISTRICT", "LOG_LEVEL", "STACK"]);
/// let error = Config::read(Env::from(|_: &str| None)).map(|_| ()).unwrap_err();
/// assert_eq!(error.to_string(), "configuration: CASES_TABLE is missing, DISTRICT is missing");
/// ```
#[macro_export]
macro_rules! config {
    (
        $(#[$doc:meta])*
        $visibility:vis struct $name:ident {
            $($field:ident: $type:ty = $variable:literal => $read:expr,)*
        }
        also [$($also:literal),*]
    ) => {
        $(#[$doc])*
        $visibility struct $name {
            $($field: $type,)*
        }

        impl $name {
            /// The variables that the function reads.
            $visibility const VARS: &'static [&'static str] = &[$($variable,)* $($also,)* "STACK"];

            fn read(env: $crate::config::Env) -> Result<Self, $crate::config::ConfigError> {
                env.read(|env| {
                    $(
                        let read: fn(&mut $crate::config::Env, &str) -> Result<$type, $crate::config::Invalid> = $read;
                        let $field = read(env, $variable);
                    )*
                    Ok(Self { $($field: $field?,)* })
                })
            }
        }
    };
}
pub use config;

/// The variables that a function starts with.
pub struct Env {
    lookup: Lookup,
    faults: Vec<InvalidVariable>,
}

type Lookup = Box<dyn Fn(&str) -> Option<String>>;

/// The note that a variable is missing or wrong; the [`Env`] that gave it knows which one.
#[derive(Debug)]
pub struct Invalid(());

/// Everything that is wrong with the environment, by name. Values are never part of it: some are secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("configuration: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
pub struct ConfigError(Vec<InvalidVariable>);

/// One variable that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidVariable {
    /// It is not set, or empty.
    #[error("{0} is missing")]
    Missing(String),
    /// It is set to something that does not parse.
    #[error("{0} is invalid")]
    Invalid(String),
}

impl Env {
    /// The environment of this process.
    #[allow(
        clippy::disallowed_methods,
        reason = "the one place that reads the environment"
    )]
    pub fn process() -> Self {
        Self::from(|name: &str| std::env::var(name).ok())
    }

    /// An environment that is looked up by the given function.
    pub fn from(lookup: impl Fn(&str) -> Option<String> + 'static) -> Self {
        Self {
            lookup: Box::new(lookup),
            faults: Vec::new(),
        }
    }

    /// Reads a configuration; fails naming every variable that is missing or wrong, not only the first.
    pub fn read<T>(
        mut self,
        config: impl FnOnce(&mut Self) -> Result<T, Invalid>,
    ) -> Result<T, ConfigError> {
        match config(&mut self) {
            Ok(value) if self.faults.is_empty() => Ok(value),
            _ => Err(ConfigError(self.faults)),
        }
    }

    /// A variable that may be absent; an empty one counts as absent.
    pub fn optional(&self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|value| !value.is_empty())
    }

    /// A variable that must be there.
    pub fn required(&mut self, name: &str) -> Result<String, Invalid> {
        self.optional(name)
            .ok_or_else(|| self.fault(InvalidVariable::Missing(name.to_owned())))
    }

    /// A variable that must be there and parse.
    pub fn parsed<T, E>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, Invalid> {
        let text = self.required(name)?;
        parse(&text).map_err(|_| self.fault(InvalidVariable::Invalid(name.to_owned())))
    }

    /// A secret of at least [`Secret::MIN_BYTES`].
    pub fn secret(&mut self, name: &str) -> Result<Secret, Invalid> {
        self.parsed(name, |text| Secret::new(text).ok_or(()))
    }

    fn fault(&mut self, fault: InvalidVariable) -> Invalid {
        self.faults.push(fault);
        Invalid(())
    }
}

/// A value that never appears in a log: it has no `Display`, and its `Debug` hides it.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Below this a key could be guessed; the template generates far more.
    pub const MIN_BYTES: usize = 16;

    /// Takes a secret; nothing when it is too short.
    pub fn new(text: &str) -> Option<Self> {
        (text.len() >= Self::MIN_BYTES).then(|| Self(text.to_owned()))
    }

    /// The value, for the one call that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The secrets of a comma list, in its order: while one is replaced, the old and the new one are both accepted.
    /// Parts that could be guessed are left out.
    pub fn parts(&self) -> Vec<Self> {
        self.0.split(',').filter_map(Self::new).collect()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &'static [(&str, &str)]) -> Env {
        Env::from(move |name| {
            let pair = pairs.iter().find(|(known, _)| *known == name)?;
            Some(pair.1.to_owned())
        })
    }

    #[test]
    fn all_faults_are_reported_together_and_none_by_value() {
        let env = env(&[("EMPTY", ""), ("COUNT", "hunter2"), ("KEY", "short")]);
        let error = env
            .read(|env| {
                let here = (env.required("EMPTY"), env.required("ABSENT"));
                let count = env.parsed("COUNT", str::parse::<u8>);
                let key = env.secret("KEY");
                Ok((here.0?, here.1?, count?, key?))
            })
            .map(|_| ())
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "configuration: EMPTY is missing, ABSENT is missing, COUNT is invalid, KEY is invalid"
        );
    }

    #[test]
    fn a_complete_environment_reads() {
        let env = env(&[("TABLE", "cases"), ("COUNT", "7")]);
        let read = env.read(|env| {
            let (table, count) = (env.required("TABLE"), env.parsed("COUNT", str::parse::<u8>));
            Ok((table?, count?, env.optional("LOG_LEVEL")))
        });
        assert_eq!(read, Ok(("cases".to_owned(), 7, None)));
    }

    #[test]
    fn a_fault_that_the_reader_swallowed_still_counts() {
        let read = env(&[]).read(|env| {
            let _ = env.required("TABLE");
            Ok(())
        });
        assert_eq!(
            read,
            Err(ConfigError(vec![InvalidVariable::Missing(
                "TABLE".to_owned()
            )]))
        );
    }

    #[test]
    fn a_secret_does_not_show_itself() {
        let secret = Secret::new("correct horse battery staple").unwrap();
        assert_eq!(format!("{secret:?}"), "Secret(..)");
        assert!(Secret::new("0123456789abcde").is_none());
    }

    #[test]
    fn a_list_of_secrets_keeps_its_order_and_loses_what_could_be_guessed() {
        let parts = |text: &str| -> Vec<String> {
            let secret = Secret::new(text).unwrap();
            let parts = secret.parts();
            parts.iter().map(|part| part.expose().to_owned()).collect()
        };
        let (one, two) = ("the first of the two", "the second of the two");
        assert_eq!(parts(&format!("{one},{two}")), [one, two]);
        assert_eq!(parts(one), [one]);
        assert_eq!(parts(&format!(",short,{one}")), [one]);
    }
}
