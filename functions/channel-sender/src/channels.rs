//! Ways out of the house: WeCom group robots and signed webhooks of units, and the district's own gateway to the people
//! in it.

mod gateway;
mod robot;
mod signed;
mod webhook;

use std::fmt;
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use reqwest::redirect;
use zhitiao_domain::notify::channel::{ChannelName, ChannelSettings};
use zhitiao_store::notify::outbound::OutboundMessage;

use gateway::Gateway;
use robot::Robot;
use signed::Endpoint;
use webhook::Webhook;

pub(crate) use reqwest::Client;

/// How long a receiver may take.
const TIMEOUT: Duration = Duration::from_secs(3);

/// A way out of the house.
pub(crate) trait Channel: fmt::Debug + Send + Sync {
    /// Makes one call, which begins at that moment.
    ///
    /// # Errors
    /// The stable code of the failure: `no_answer`, `http_503`, `wecom_45009`, ...
    fn send<'a>(
        &'a self,
        message: &'a OutboundMessage,
        at: Timestamp,
    ) -> BoxFuture<'a, Result<(), String>>;
}

/// The client of all calls, which share its connections.
pub(crate) fn client() -> reqwest::Result<Client> {
    // Only the first call installs it; later ones find it there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .timeout(TIMEOUT)
        .redirect(redirect::Policy::none())
        .build()
}

/// The channel with these settings.
pub(crate) fn open(settings: &ChannelSettings, client: &Client) -> Box<dyn Channel> {
    let (url, client) = (settings.url.clone(), client.clone());
    let secret = settings.secret.clone().unwrap_or_default();
    match settings.name {
        ChannelName::Wecom => Box::new(Robot { url, client }),
        ChannelName::Webhook => Box::new(Webhook(Endpoint {
            url,
            secret,
            client,
        })),
        ChannelName::People => Box::new(Gateway(Endpoint {
            url,
            secret,
            client,
        })),
    }
}

/// The answer of a receiver that took the message, or the stable code of the failure.
fn taken(answer: reqwest::Result<reqwest::Response>) -> Result<reqwest::Response, String> {
    match answer {
        Ok(answer) if answer.status().is_success() => Ok(answer),
        Ok(answer) => Err(format!("http_{}", answer.status().as_u16())),
        Err(error) if error.is_builder() => Err("no_address".to_owned()),
        Err(_) => Err("no_answer".to_owned()),
    }
}
