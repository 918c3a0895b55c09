//! Requests as bytes on a connection: what no well-behaved client can be made to send.

use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;
use zhitiao_tests::description::describes;

/// How long an answer is waited for before the request counts as hanging.
const PATIENCE: Duration = Duration::from_secs(10);

/// A request, byte for byte.
#[derive(Debug, Clone)]
pub(super) struct Raw {
    method: String,
    target: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

impl Raw {
    pub(super) fn new(method: &str, target: &str) -> Self {
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub(super) fn get(target: &str) -> Self {
        Self::new("GET", target)
    }

    /// A POST as a sound client sends it, still without a body.
    pub(super) fn post(target: &str) -> Self {
        Self::new("POST", target)
            .header("content-type", "application/json")
            .header("idempotency-key", Uuid::new_v4().to_string())
    }

    /// The same with one more header; earlier ones of that name stay.
    pub(super) fn header(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The same without a header.
    pub(super) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(kept, _)| kept != name);
        self
    }

    /// The same with a header that has this one value.
    pub(super) fn instead(self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.without(name).header(name, value)
    }

    /// The same to another path.
    pub(super) fn to(self, target: &str) -> Self {
        Self {
            target: target.to_owned(),
            ..self
        }
    }

    pub(super) fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    pub(super) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub(super) fn json(self, body: &Value) -> Self {
        self.body(body.to_string())
    }

    fn bytes(&self, host: &str) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        let length = self.body.len().to_string();
        let own = [
            ("host", host),
            ("connection", "close"),
            ("content-length", &length),
        ];
        let own = own.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()));
        for (name, value) in own.iter().chain(&self.headers) {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.body);
        bytes
    }

    /// Sends the request over a connection of its own.
    pub(super) async fn send(&self, api: &str) -> Result<Reply, String> {
        let host = api.trim_start_matches("http://");
        let start = Instant::now();
        let exchange = tokio::time::timeout(PATIENCE, exchange(host, self.bytes(host)));
        let answer = exchange.await.map_err(|_| "no answer".to_owned())?;
        let reply = Reply::parse(&answer.map_err(|error| error.to_string())?, start.elapsed())?;
        if describes(&self.method, &self.target, reply.status) {
            Ok(reply)
        } else {
            let (method, target, status) = (&self.method, &self.target, reply.status);
            Err(format!(
                "{method} {target} is not described to answer {status}"
            ))
        }
    }
}

async fn exchange(host: &str, request: Vec<u8>) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(host).await?;
    let (mut from, mut to) = stream.split();
    let mut answer = Vec::new();
    // A server may refuse before it has read everything: a broken pipe is no failure then.
    let (_, read) = tokio::join!(to.write_all(&request), from.read_to_end(&mut answer));
    if answer.is_empty() {
        read?;
    }
    Ok(answer)
}

/// An answer.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) media: String,
    /// JSON, or a JSON text with whatever else came.
    pub(super) body: Value,
    pub(super) took: Duration,
}

impl Reply {
    fn parse(answer: &[u8], took: Duration) -> Result<Self, String> {
        let answer = String::from_utf8_lossy(answer);
        let (head, body) = answer.split_once("\r\n\r\n").ok_or("no whole answer")?;
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        let status = status.and_then(|status| status.parse().ok());
        let media = lines
            .filter_map(|line| line.split_once(": "))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-type"))
            .map_or("", |(_, value)| value);
        Ok(Self {
            status: status.ok_or("no status")?,
            media: media.to_owned(),
            body: serde_json::from_str(body).unwrap_or_else(|_| body.into()),
            took,
        })
    }
}
