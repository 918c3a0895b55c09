//! What the functions print: kept in memory, appended to a file, errors shown in the terminal.

use std::collections::{HashMap, VecDeque};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

/// Lines kept in memory per function.
const KEPT: usize = 10_000;

/// The log lines of all functions.
#[derive(Debug)]
pub(crate) struct Logs {
    folder: Option<PathBuf>,
    functions: Mutex<HashMap<String, FunctionLog>>,
}

#[derive(Debug, Default)]
struct FunctionLog {
    lines: VecDeque<String>,
    file: Option<File>,
}

impl Logs {
    pub(crate) fn new(folder: Option<PathBuf>) -> Self {
        Self {
            folder,
            functions: Mutex::default(),
        }
    }

    pub(crate) fn folder(&self) -> Option<&PathBuf> {
        self.folder.as_ref()
    }

    /// Copies every line that a function prints until its pipe closes.
    pub(crate) fn follow(
        self: &Arc<Self>,
        function: &str,
        pipe: impl AsyncRead + Send + Unpin + 'static,
    ) {
        let logs = Arc::clone(self);
        let function = function.to_owned();
        tokio::spawn(async move {
            let mut lines = BufReader::new(pipe).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                logs.add(&function, line);
            }
        });
    }

    pub(crate) fn add(&self, function: &str, line: String) {
        if is_error(&line) {
            tracing::error!(target: "function", function, "{line}");
        }
        let mut functions = self
            .functions
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let log = functions
            .entry(function.to_owned())
            .or_insert_with(|| FunctionLog {
                lines: VecDeque::new(),
                file: self
                    .folder
                    .as_ref()
                    .and_then(|folder| append(folder, function)),
            });
        if let Some(file) = &mut log.file {
            // A full disk must not stop the functions.
            let _ = writeln!(file, "{line}");
        }
        if log.lines.len() == KEPT {
            log.lines.pop_front();
        }
        log.lines.push_back(line);
    }

    pub(crate) fn lines(&self, function: &str) -> Vec<String> {
        let functions = self
            .functions
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        functions
            .get(function)
            .map(|log| log.lines.iter().cloned().collect())
            .unwrap_or_default()
    }
}

fn append(folder: &std::path::Path, function: &str) -> Option<File> {
    let path = folder.join(format!("{function}.log"));
    OpenOptions::new().create(true).append(true).open(path).ok()
}

/// Structured lines say their level; a line that is no JSON comes from a panic or the loader.
fn is_error(line: &str) -> bool {
    match serde_json::from_str::<Value>(line) {
        Ok(Value::Object(entry)) => entry.get("level").and_then(Value::as_str) == Some("ERROR"),
        _ => line.contains("panicked at"),
    }
}
