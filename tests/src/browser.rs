//! A browser without a script: it keeps cookies, fills in the forms of pages and follows no link by itself.

use std::cell::RefCell;
use std::collections::BTreeMap;

use reqwest::header::HeaderValue;
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder};

use crate::World;

/// One resident's browser.
#[derive(Debug)]
pub struct Browser<'w> {
    world: &'w World,
    http: Client,
    cookies: RefCell<BTreeMap<String, String>>,
}

/// A page as it came.
#[derive(Debug)]
pub struct Page {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The text.
    pub text: String,
}

impl<'w> Browser<'w> {
    /// A browser that has never been here.
    ///
    /// # Panics
    /// When the client cannot be built.
    pub fn new(world: &'w World) -> Self {
        let http = Client::builder().redirect(Policy::none()).build();
        Self {
            world,
            http: http.unwrap_or_else(|error| panic!("{error}")),
            cookies: RefCell::default(),
        }
    }

    /// A request to a path of the site, with the cookies that the browser keeps.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let cookies = self.cookies.borrow();
        let cookies = cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        let cookies: Vec<String> = cookies.collect();
        self.http
            .request(method, format!("{}{path}", self.world.cloud.api_url()))
            .header("accept", "text/html,application/xhtml+xml,*/*;q=0.8")
            .header("cookie", cookies.join("; "))
    }

    /// Opens a page.
    pub async fn open(&self, path: &str) -> Page {
        self.send(self.request(Method::GET, path)).await
    }

    /// A form that is filled in and not sent yet.
    pub fn form(&self, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        let body = serde_urlencoded::to_string(fields).unwrap_or_default();
        self.request(Method::POST, path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
    }

    /// Sends a form.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.send(self.form(path, fields)).await
    }

    /// Sends a form as the script does, which goes on with the answer by itself.
    ///
    /// # Panics
    /// When the request cannot be built, or nothing answers.
    pub async fn submit_by_script(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let request = self.form(path, fields).build();
        let mut request = request.unwrap_or_else(|error| panic!("{error}"));
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert("accept", json);
        let request = RequestBuilder::from_parts(self.http.clone(), request);
        self.send(request).await
    }

    /// Sends a request and keeps the cookies that come with the answer.
    ///
    /// # Panics
    /// When nothing answers.
    pub async fn send(&self, request: RequestBuilder) -> Page {
        let answer = request.send().await;
        let answer = answer.unwrap_or_else(|error| panic!("{error}"));
        let headers = answer.headers().clone();
        for cookie in headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap_or_default();
            let pair = cookie.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                let mut cookies = self.cookies.borrow_mut();
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Page {
            status: answer.status().as_u16(),
            headers,
            text: answer.text().await.unwrap_or_default(),
        }
    }
}

impl Page {
    /// Where the page sends the browser on.
    pub fn location(&self) -> &str {
        self.header("location")
    }

    /// A header of the page.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default()
    }

    /// The value of a hidden field.
    ///
    /// # Panics
    /// When the page has no such field.
    pub fn hidden(&self, name: &str) -> String {
        let mark = format!("name=\"{name}\" value=\"");
        let rest = self.text.split_once(&mark);
        let value = rest.and_then(|(_, rest)| rest.split('"').next());
        value
            .unwrap_or_else(|| panic!("no field {name} in {}", self.text))
            .to_owned()
    }
}
