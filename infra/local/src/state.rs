//! The folder that outlives a restart: secrets, checkpoints, undelivered events, the clock's offset.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::TempDir;

use crate::error::StartError;

/// A folder of small JSON files, each written whole or not at all.
#[derive(Debug)]
pub(crate) struct StateFolder {
    root: PathBuf,
    lock: Option<File>,
    _temporary: Option<TempDir>,
}

impl StateFolder {
    /// Opens (or makes) a durable folder that no other instance may use at the same time.
    pub(crate) fn durable(root: &Path) -> Result<Self, StartError> {
        let fail = || StartError::io(format!("the state folder {}", root.display()));
        fs::create_dir_all(root).map_err(fail())?;
        let root = root.canonicalize().map_err(fail())?;
        let lock = File::create(root.join("lock")).map_err(fail())?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                root,
                lock: Some(lock),
                _temporary: None,
            }),
            Err(TryLockError::WouldBlock) => Err(StartError::Locked { path: root }),
            Err(TryLockError::Error(source)) => Err(fail()(source)),
        }
    }

    /// A folder that disappears with the local cloud.
    pub(crate) fn temporary() -> Result<Self, StartError> {
        let folder =
            TempDir::with_prefix("zhitiao-").map_err(StartError::io("a temporary folder"))?;
        Ok(Self {
            root: folder.path().to_owned(),
            lock: None,
            _temporary: Some(folder),
        })
    }

    /// Lets another instance have the folder, even while parts of this one are still held somewhere.
    pub(crate) fn release(&self) {
        if let Some(Err(error)) = self.lock.as_ref().map(File::unlock) {
            tracing::warn!(%error, "the state folder stays locked until the process ends");
        }
    }

    /// A path inside the folder whose parent exists.
    pub(crate) fn path(&self, name: &str) -> std::io::Result<PathBuf> {
        let path = self.root.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        Ok(path)
    }

    pub(crate) fn folder(&self, name: &str) -> std::io::Result<PathBuf> {
        let path = self.root.join(name);
        fs::create_dir_all(&path)?;
        Ok(path)
    }

    /// Reads a value; a missing or damaged file is no value.
    pub(crate) fn read<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        serde_json::from_slice(&fs::read(self.root.join(name)).ok()?).ok()
    }

    /// Replaces a value as a whole: a reader sees the old one or the new one.
    pub(crate) fn write<T: Serialize>(&self, name: &str, value: &T) -> std::io::Result<()> {
        replace(&self.path(name)?, &serde_json::to_vec(value)?)
    }

    pub(crate) fn remove(&self, name: &str) {
        // A file that is already gone is what was asked for.
        let _ = fs::remove_file(self.root.join(name));
    }

    /// The names in a sub-folder, sorted.
    pub(crate) fn list(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.root.join(folder)).into_iter().flatten();
        let mut names: Vec<_> = entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| !name.starts_with('.'))
            .map(|name| format!("{folder}/{name}"))
            .collect();
        names.sort();
        names
    }
}

/// Writes beside the file and renames, so that a kill leaves the old content or the new.
pub(crate) fn replace(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let unique = uuid::Uuid::new_v4().simple();
    let beside = path.with_file_name(format!(".{unique}.part"));
    fs::write(&beside, content)?;
    fs::rename(&beside, path)
}
