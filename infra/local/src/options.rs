//! How a local cloud is started.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::pin::Pin;

use jiff::Timestamp;

/// Where the state lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// In memory and a temporary folder: gone when the local cloud stops.
    Memory,
    /// In a folder that survives restarts and kills; one instance at a time.
    Durable(PathBuf),
}

/// An error of a caller's own code.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What a `prepare` hook gets to work with.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The DynamoDB endpoint; any credentials are accepted.
    pub dynamodb_url: String,
    /// The region that the template was deployed to.
    pub region: String,
    /// The tables' names by logical id.
    pub tables: BTreeMap<String, String>,
}

/// A hook that runs once the tables exist and before any function starts.
pub type Prepare =
    Box<dyn FnOnce(Prepared) -> Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>> + Send>;

/// How a local cloud is started; [`Options::new`] gives one in memory on free ports.
#[non_exhaustive]
pub struct Options {
    /// The CloudFormation template.
    pub template: PathBuf,
    /// The folder with the functions' binaries.
    pub functions: PathBuf,
    /// Where the state lives.
    pub state: State,
    /// The API's port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The region that `AWS::Region` stands for.
    pub region: String,
    /// The stack name that resource names start with.
    pub stack: String,
    /// Where the moved clock starts; `None` continues where the state left it, or at real time.
    pub start_at: Option<Timestamp>,
    /// Values of template parameters.
    pub parameters: BTreeMap<String, String>,
    /// The hook that fills the tables.
    pub prepare: Option<Prepare>,
}

impl Options {
    /// A cloud in memory on free ports in `cn-north-1`.
    pub fn new(template: impl Into<PathBuf>, functions: impl Into<PathBuf>) -> Self {
        Self {
            template: template.into(),
            functions: functions.into(),
            state: State::Memory,
            port: 0,
            region: "cn-north-1".to_owned(),
            stack: "zhitiao-local".to_owned(),
            start_at: None,
            parameters: BTreeMap::new(),
            prepare: None,
        }
    }

    /// Keeps the state in a folder.
    pub fn durable(self, folder: impl Into<PathBuf>) -> Self {
        Self {
            state: State::Durable(folder.into()),
            ..self
        }
    }

    /// Serves the API on a port of 127.0.0.1.
    pub fn port(self, port: u16) -> Self {
        Self { port, ..self }
    }

    /// Deploys to a region.
    pub fn region(self, region: impl Into<String>) -> Self {
        Self {
            region: region.into(),
            ..self
        }
    }

    /// Starts the moved clock at a moment.
    pub fn start_at(self, moment: Timestamp) -> Self {
        Self {
            start_at: Some(moment),
            ..self
        }
    }

    /// Sets a template parameter.
    pub fn parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.insert(name.into(), value.into());
        self
    }

    /// Runs a hook once the tables exist and before any function starts.
    pub fn prepare<F, R>(self, hook: F) -> Self
    where
        F: FnOnce(Prepared) -> R + Send + 'static,
        R: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        Self {
            prepare: Some(Box::new(move |prepared| Box::pin(hook(prepared)))),
            ..self
        }
    }

    /// Runs another hook behind the one that is there.
    pub fn and_prepare<F, R>(mut self, hook: F) -> Self
    where
        F: FnOnce(Prepared) -> R + Send + 'static,
        R: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        let before = self.prepare.take();
        self.prepare(move |prepared| async move {
            if let Some(before) = before {
                before(prepared.clone()).await?;
            }
            hook(prepared).await
        })
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Options")
            .field("template", &self.template)
            .field("functions", &self.functions)
            .field("state", &self.state)
            .field("port", &self.port)
            .field("region", &self.region)
            .field("stack", &self.stack)
            .field("start_at", &self.start_at)
            .field("parameters", &self.parameters)
            .finish_non_exhaustive()
    }
}
