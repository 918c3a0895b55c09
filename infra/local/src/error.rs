//! Why the local cloud does not start.

use std::path::PathBuf;

/// A refusal to start; every message names what has to be changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The template could not be read as YAML at all.
    #[error("{}: {problem}", path.display())]
    Unreadable {
        /// The template's path.
        path: PathBuf,
        /// What the file system or the YAML reader said.
        problem: String,
    },
    /// A part of the template has no local behavior or is wrong.
    #[error("template: {logical}: {problem}")]
    Template {
        /// The logical id of the resource, or the name of the section.
        logical: String,
        /// What is unsupported or wrong.
        problem: String,
    },
    /// A function's binary is not in the functions folder.
    #[error("{logical}: no binary at {} (build the functions first)", path.display())]
    MissingBinary {
        /// The function's logical id.
        logical: String,
        /// Where the binary was expected.
        path: PathBuf,
    },
    /// Another instance works on the same state folder.
    #[error("{} is in use by another local cloud; stop it or choose another --state", path.display())]
    Locked {
        /// The state folder.
        path: PathBuf,
    },
    /// A file, folder or port could not be used.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// What the operating system answered.
        source: std::io::Error,
    },
    /// The embedded database refused a table.
    #[error("{logical}: the database refused the table: {problem}")]
    Table {
        /// The table's logical id.
        logical: String,
        /// The database's message.
        problem: String,
    },
    /// The caller's `prepare` hook failed.
    #[error("preparing the tables: {0}")]
    Prepare(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl StartError {
    pub(crate) fn template(logical: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Template {
            logical: logical.into(),
            problem: problem.into(),
        }
    }

    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}
