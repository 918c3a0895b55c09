//! What is built before and around the functions: sockets, servers, clock, tables, wiring.

use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use dynoxide::Database;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use crate::api;
use crate::clock::Clock;
use crate::deploy::{self, Endpoints, RoleChecks, event_sources};
use crate::dynamodb::Dynamodb;
use crate::error::StartError;
use crate::faults::Faults;
use crate::iam::Iam;
use crate::in_flight::InFlight;
use crate::lambda::Lambda;
use crate::logs::Logs;
use crate::options::{Options, State};
use crate::people::People;
use crate::permissions::Permissions;
use crate::place::Place;
use crate::proxy::Proxy;
use crate::recorder::Recorder;
use crate::runtime_api::RuntimeApi;
use crate::s3::S3;
use crate::schedules::Schedules;
use crate::secrets::Secrets;
use crate::services::{Services, Urls};
use crate::sqs::{self, Sqs};
use crate::state::StateFolder;
use crate::streams::Surroundings;
use crate::template::Template;

/// The sockets, bound before anything is built: URLs are part of the functions' environment.
pub(crate) struct Listeners {
    pub(crate) api: TcpListener,
    pub(crate) dynamodb: TcpListener,
    pub(crate) engine: TcpListener,
    pub(crate) runtime: TcpListener,
    pub(crate) s3: TcpListener,
    pub(crate) sqs: TcpListener,
}

impl Listeners {
    pub(crate) async fn bind(port: u16) -> Result<Self, StartError> {
        Ok(Self {
            api: bind(port).await?,
            dynamodb: bind(0).await?,
            engine: bind(0).await?,
            runtime: bind(0).await?,
            s3: bind(0).await?,
            sqs: bind(0).await?,
        })
    }

    pub(crate) fn urls(&self) -> Result<Urls, StartError> {
        Ok(Urls {
            api: url(&self.api)?,
            dynamodb: url(&self.dynamodb)?,
            s3: url(&self.s3)?,
            sqs: url(&self.sqs)?,
        })
    }
}

async fn bind(port: u16) -> Result<TcpListener, StartError> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    bound.map_err(StartError::io(format!("port {port} of 127.0.0.1")))
}

pub(crate) fn url(listener: &TcpListener) -> Result<String, StartError> {
    let address = listener
        .local_addr()
        .map_err(StartError::io("a listening port"))?;
    Ok(format!("http://{address}"))
}

/// The servers and what ends them.
pub(crate) struct Servers {
    pub(crate) tasks: JoinSet<()>,
    pub(crate) shutdown: watch::Sender<bool>,
}

impl Servers {
    pub(crate) fn serve(&mut self, listener: TcpListener, router: Router) {
        let end = ended(self.shutdown.subscribe());
        self.tasks.spawn(async move {
            if let Err(error) = axum::serve(listener, router)
                .with_graceful_shutdown(end)
                .await
            {
                tracing::error!(%error, "a server ended");
            }
        });
    }

    pub(crate) fn serve_engine(&mut self, listener: TcpListener, database: Database) {
        let end = ended(self.shutdown.subscribe());
        self.tasks.spawn(async move {
            if let Err(error) = dynoxide::server::serve_with_shutdown(listener, database, end).await
            {
                tracing::error!(error, "the database's server ended");
            }
        });
    }
}

async fn ended(mut shutdown: watch::Receiver<bool>) {
    // A vanished sender is the end as well.
    let _ = shutdown.wait_for(|ended| *ended).await;
}

/// What exists before the functions do.
pub(crate) struct Wiring {
    template: Template,
    permissions: Permissions,
    state: Arc<StateFolder>,
    clock: Arc<Clock>,
    pub(crate) dynamodb: Dynamodb,
    faults: Arc<Faults>,
    pub(crate) recorder: Arc<Recorder>,
    iam: Arc<Iam>,
    written: Arc<Notify>,
}

impl Wiring {
    pub(crate) fn open(options: &Options, urls: &Urls) -> Result<Self, StartError> {
        let state = Arc::new(match &options.state {
            State::Memory => StateFolder::temporary()?,
            State::Durable(folder) => StateFolder::durable(folder)?,
        });
        let template = read_template(options, urls)?;
        let database = open_database(options, &state)?;
        let permissions = Permissions::read(&template)?;
        Ok(Self {
            iam: Arc::new(Iam::read(&template, &permissions)?),
            permissions,
            clock: open_clock(options, &state)?,
            dynamodb: Dynamodb::create(&template, database, &state)?,
            faults: Arc::default(),
            recorder: Arc::default(),
            written: Arc::default(),
            template,
            state,
        })
    }

    pub(crate) fn proxy(&self, engine: &TcpListener) -> Result<Proxy, StartError> {
        let engine = url(engine)?
            .parse()
            .map_err(|_| StartError::template("engine", "no address"))?;
        let (recorder, faults) = (Arc::clone(&self.recorder), Arc::clone(&self.faults));
        Ok(Proxy::new(
            engine,
            recorder,
            faults,
            Arc::clone(&self.iam),
            Arc::clone(&self.written),
        ))
    }

    pub(crate) fn lambda(
        &self,
        options: &Options,
        urls: &Urls,
        runtime: String,
    ) -> Result<Arc<Lambda>, StartError> {
        let folder = match options.state {
            State::Memory => None,
            State::Durable(_) => Some(
                self.state
                    .folder("logs")
                    .map_err(StartError::io("the folder of the logs"))?,
            ),
        };
        let secrets = Secrets::open(&self.template, &self.state)?;
        let sqs = deploy::sqs(&self.template, &self.state, &self.clock)?;
        let endpoints = Endpoints {
            api: &urls.api,
            dynamodb: &urls.dynamodb,
            s3: &urls.s3,
            sqs: &urls.sqs,
        };
        let built = deploy::functions(
            &self.template,
            &options.functions,
            &secrets,
            &endpoints,
            &self.clock,
            &self.checks(&sqs),
        )?;
        Ok(Arc::new(Lambda {
            functions: built,
            runtime: RuntimeApi::new(runtime),
            logs: Arc::new(Logs::new(folder)),
            in_flight: Arc::new(InFlight::default()),
            sqs: Arc::new(sqs),
            clock: Arc::clone(&self.clock),
        }))
    }

    fn checks<'a>(&'a self, sqs: &'a Sqs) -> RoleChecks<'a> {
        RoleChecks {
            permissions: &self.permissions,
            iam: &self.iam,
            sqs,
        }
    }

    /// The SQS endpoint.
    pub(crate) fn sqs(&self, lambda: &Lambda) -> sqs::api::Endpoint {
        sqs::api::Endpoint {
            sqs: Arc::clone(&lambda.sqs),
            faults: Arc::clone(&self.faults),
            iam: Arc::clone(&self.iam),
        }
    }

    pub(crate) fn wire(
        self,
        lambda: Arc<Lambda>,
        urls: Urls,
        region: &str,
    ) -> Result<Services, StartError> {
        let (template, permissions) = (&self.template, &self.permissions);
        let around = Surroundings {
            lambda: Arc::clone(&lambda),
            dynamodb: self.dynamodb.clone(),
            state: Arc::clone(&self.state),
            clock: Arc::clone(&self.clock),
            faults: Arc::clone(&self.faults),
            written: Arc::clone(&self.written),
            region: region.to_owned(),
        };
        let issuer = api::issuer(template, &self.clock, &self.state)?;
        let gateway = api::gateway(template, &lambda, &self.clock, &issuer, permissions)?;
        let schedules = deploy::schedules(template, &lambda, permissions)?;
        let buckets = deploy::buckets(template, &lambda, permissions)?;
        let checks = self.checks(&lambda.sqs);
        Ok(Services {
            mappings: event_sources::streams(template, &around, &checks)?,
            queue_mappings: event_sources::queues(template, &around, &checks)?,
            s3: Arc::new(S3::open(buckets, Arc::clone(&self.iam), around)?),
            schedules: Arc::new(Schedules::new(
                schedules,
                Arc::clone(&self.clock),
                Arc::clone(&lambda),
            )),
            gateway: gateway.map(Arc::new),
            urls,
            issuer,
            people: People::default(),
            lambda,
            clock: self.clock,
            dynamodb: self.dynamodb,
            faults: self.faults,
            recorder: self.recorder,
            iam: self.iam,
            state: self.state,
        })
    }
}

fn read_template(options: &Options, urls: &Urls) -> Result<Template, StartError> {
    let text =
        std::fs::read_to_string(&options.template).map_err(|error| StartError::Unreadable {
            path: options.template.clone(),
            problem: error.to_string(),
        })?;
    let place = Place {
        region: options.region.clone(),
        stack: options.stack.clone(),
        api_url: urls.api.clone(),
        sqs_url: urls.sqs.clone(),
    };
    Template::read(&text, &options.parameters, place)
}

/// Opens the engine on a file in either mode: only a file can be given the index that its streams need.
fn open_database(options: &Options, state: &StateFolder) -> Result<Database, StartError> {
    let fail = |problem: String| StartError::Table {
        logical: "database".into(),
        problem,
    };
    let path = state
        .path("dynamodb.sqlite")
        .map_err(StartError::io("the database's file"))?;
    let database =
        Database::new(&path.to_string_lossy()).map_err(|error| fail(error.to_string()))?;
    index_streams(&path).map_err(|error| fail(error.to_string()))?;
    if options.state == State::Memory {
        // The folder is temporary: nothing has to reach a disk.
        database
            .enable_bulk_loading()
            .map_err(|error| fail(error.to_string()))?;
    }
    Ok(database)
}

/// The engine looks for a stream's newest record at every write and has no index for that: without
/// one, 20,000 writes take half a minute, with it four seconds.
fn index_streams(database: &Path) -> rusqlite::Result<()> {
    rusqlite::Connection::open(database)?.execute_batch(
        "CREATE INDEX IF NOT EXISTS local_stream_order
         ON _stream_records (table_name, CAST(sequence_number AS INTEGER))",
    )
}

fn open_clock(options: &Options, state: &StateFolder) -> Result<Arc<Clock>, StartError> {
    let clock = Clock::open(
        state
            .path("clock")
            .map_err(StartError::io("the clock's file"))?,
    );
    // Written even when nothing moves: the functions always find the file.
    let start = options.start_at.unwrap_or_else(|| clock.now());
    clock
        .set(start)
        .map_err(StartError::io("the clock's file"))?;
    Ok(Arc::new(clock))
}
