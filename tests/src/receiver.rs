//! A receiver of webhooks and robot messages, as an operator would run one: a real HTTP server on this machine.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// One message that arrived.
#[derive(Debug, Clone)]
pub struct Received {
    headers: HeaderMap,
    /// The body as it came over the wire.
    pub body: String,
}

impl Received {
    /// A header, empty when there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

#[derive(Debug)]
struct Inside {
    seen: Mutex<Vec<Received>>,
    answer: Mutex<(StatusCode, &'static str)>,
}

/// A running receiver; it ends when it is dropped.
#[derive(Debug)]
pub struct Receiver {
    /// Where it listens.
    pub url: String,
    inside: Arc<Inside>,
    _server: JoinSet<()>,
}

impl Receiver {
    /// Starts a receiver that answers every message with 200 and an empty body.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.unwrap_or_else(|error| panic!("{error}"));
        let address = listener.local_addr();
        let address = address.unwrap_or_else(|error| panic!("{error}"));
        let url = format!("http://{address}/hook");
        let inside = Arc::new(Inside {
            seen: Mutex::default(),
            answer: Mutex::new((StatusCode::OK, "")),
        });
        let router = Router::new()
            .fallback(receive)
            .with_state(Arc::clone(&inside));
        let mut server = JoinSet::new();
        server.spawn(async move {
            // It serves until it is dropped.
            let _ = axum::serve(listener, router).await;
        });
        Self {
            url,
            inside,
            _server: server,
        }
    }

    /// Answers like this from now on.
    ///
    /// # Panics
    /// When the status is none.
    pub fn answer(&self, status: u16, body: &'static str) {
        let status = StatusCode::from_u16(status).unwrap_or_else(|error| panic!("{error}"));
        *lock(&self.inside.answer) = (status, body);
    }

    /// Everything that arrived so far.
    pub fn seen(&self) -> Vec<Received> {
        lock(&self.inside.seen).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn receive(
    State(inside): State<Arc<Inside>>,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, &'static str) {
    lock(&inside.seen).push(Received { headers, body });
    *lock(&inside.answer)
}
