//! How a function starts: its process is spawned against the Runtime API and a table that answers over TLS, and its CPU
//! time is read from the kernel's scheduler, which counts nanoseconds and is not moved by other load on the machine.

mod process;
mod tls;

use std::net::SocketAddr;
use std::path::Path;

use dynoxide::Database;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use zhitiao_domain::kernel::ids::DistrictId;
use zhitiao_local::{Prepared, seed};
use zhitiao_store::{Directory, DirectoryData};

use crate::template::{resources, template};
use crate::world::DISTRICT;

pub use process::{Host, Process, Spent};
pub use tls::Authority;

/// The region that the stand-ins call theirs.
const REGION: &str = "cn-north-1";

/// The tables of the template in memory, with a directory, without and with TLS before them; gone when it is dropped.
#[expect(
    missing_debug_implementations,
    reason = "a database shows nothing of itself"
)]
pub struct Tables {
    /// Where they answer without TLS.
    pub plain: String,
    /// Where they answer with TLS.
    pub tls: String,
    /// The tables themselves.
    pub database: Database,
    _servers: JoinSet<()>,
}

impl Tables {
    /// Creates and serves the tables and writes the directory.
    ///
    /// # Panics
    /// When that cannot be done.
    pub async fn start(directory: DirectoryData, authority: &Authority) -> Self {
        let mut servers = JoinSet::new();
        let database = Database::memory().unwrap_or_else(|error| panic!("{error}"));
        for (logical, properties) in resources(&template(), "AWS::DynamoDB::Table") {
            create(&database, &logical, properties);
        }
        let (listener, engine) = bind().await;
        servers.spawn(dynoxide::server::serve_on(listener, database.clone()));
        let plain = format!("http://{engine}");
        let prepared = Prepared {
            dynamodb_url: plain.clone(),
            region: REGION.to_owned(),
            tables: std::collections::BTreeMap::new(),
        };
        let table = Directory::new(&seed::config(&prepared), "DirectoryTable".to_owned());
        let district = DistrictId::parse(DISTRICT).unwrap_or_else(|error| panic!("{error}"));
        let written = table.write(&district, directory).await;
        written.unwrap_or_else(|error| panic!("{error}"));
        let (listener, front) = bind().await;
        servers.spawn(authority.front(listener, engine));
        Self {
            plain,
            tls: format!("https://localhost:{}", front.port()),
            database,
            _servers: servers,
        }
    }
}

async fn bind() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.unwrap_or_else(|error| panic!("{error}"));
    let address = listener.local_addr();
    let address = address.unwrap_or_else(|error| panic!("{error}"));
    (listener, address)
}

/// Creates a table of the template under its logical id, as far as keys and indexes go.
fn create(database: &Database, logical: &str, properties: Value) {
    let wanted = [
        "AttributeDefinitions",
        "BillingMode",
        "GlobalSecondaryIndexes",
        "KeySchema",
    ];
    let mut request = properties;
    if let Some(request) = request.as_object_mut() {
        request.retain(|name, _| wanted.contains(&name.as_str()));
        request.insert("TableName".to_owned(), logical.into());
    }
    let request = serde_json::from_str(&request.to_string());
    let request = request.unwrap_or_else(|error| panic!("{logical}: {error}"));
    let created = database.create_table(request);
    created.unwrap_or_else(|error| panic!("{logical}: {error}"));
}

/// What functions get from Lambda and the template, with their tables at an address and trust in an authority.
pub fn environment(tables: &str, trust: &Path) -> Vec<(String, String)> {
    let trust = trust.to_string_lossy();
    let pairs = [
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_REGION", REGION),
        ("AWS_ENDPOINT_URL_DYNAMODB", tables),
        ("CASES_TABLE", "CasesTable"),
        ("CURSOR_SECRET", "only-for-measuring-only-for-measuring"),
        ("DIRECTORY_TABLE", "DirectoryTable"),
        ("DISTRICT", DISTRICT),
        ("HOTLINE", "12345"),
        ("LOG_LEVEL", "info"),
        ("PHOTOS_BUCKET", "photos"),
        ("PUBLIC_URL", "https://zhitiao.example"),
        ("QUARANTINE_BUCKET", "quarantine"),
        ("SSL_CERT_FILE", &trust),
        (
            "TRACKING_SECRETS",
            "1:only-for-measuring-only-for-measuring",
        ),
    ];
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

/// The event of a report without photos, as the gateway would send it; each call another report.
pub fn report() -> Value {
    let body = json!({
        "text": "楼下井盖没了，晚上很危险，孩子放学都从这里走，请尽快来看一看。",
        "community": "xianggang-huayuan",
        "category": "manhole-cover",
        "place": {"address": "3号楼东侧"},
        "consents": {"publish": true},
    });
    let key = uuid::Uuid::new_v4().to_string();
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", &*key),
    ];
    request("POST", "/v1/reports", &headers, &body.to_string())
}

/// The event of a request, as the gateway would send it.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Value {
    let mut all = serde_json::Map::new();
    all.insert("host".to_owned(), "api.example".into());
    all.extend(
        headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).into())),
    );
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": all,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "domainName": "api.example",
            "domainPrefix": "api",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "startup",
            },
            "requestId": uuid::Uuid::new_v4().to_string(),
            "routeKey": "$default",
            "stage": "$default",
            "time": "23/Nov/2026:01:00:00 +0000",
            "timeEpoch": 1_795_395_600_000_i64,
        },
        "body": body,
        "isBase64Encoded": false,
    })
}

/// The event of a member of staff's request.
pub fn by_staff(mut request: Value, person: &str) -> Value {
    let claims = json!({"sub": person, "tenant": DISTRICT});
    request["requestContext"]["authorizer"] = json!({"jwt": {"claims": claims, "scopes": null}});
    request
}
