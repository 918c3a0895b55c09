//! Uploads by a form of a page, with a signed policy ("POST policy"): who signed it, and for which key.
//!
//! The storage service checks signature and policy; here stands what must be known before it is asked.

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Method, header};

use crate::proxy;

/// S3's largest form, without the file: 20 KB; and the largest file that any of our policies allows.
const MOST_BYTES: usize = 11 * 1024 * 1024;

/// What stands in a form before its file.
#[derive(Debug, Default)]
pub(super) struct Form {
    pub(super) key: String,
    /// The function whose credentials signed it.
    pub(super) signer: Option<String>,
    pub(super) file_bytes: u64,
}

/// Whether the request is a form with a file.
pub(super) fn is_form(request: &Request) -> bool {
    request.method() == Method::POST && boundary(request.headers()).is_some()
}

/// Reads the form, and gives the request back as it was. A form that cannot be read is left to the storage service.
pub(super) async fn read(request: Request) -> (Form, Request) {
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, MOST_BYTES).await;
    let bytes = bytes.unwrap_or_default();
    let form = match boundary(&parts.headers) {
        Some(boundary) => fields(&bytes, boundary).await,
        None => Form::default(),
    };
    (form, Request::from_parts(parts, Body::from(bytes)))
}

async fn fields(bytes: &Bytes, boundary: String) -> Form {
    let whole = bytes.clone();
    let stream = futures_util::stream::once(async move { Ok::<_, std::io::Error>(whole) });
    let mut read = multer::Multipart::new(stream, boundary);
    let mut form = Form::default();
    while let Ok(Some(field)) = read.next_field().await {
        let name = field.name().unwrap_or_default().to_lowercase();
        match name.as_str() {
            "key" => form.key = field.text().await.unwrap_or_default(),
            "x-amz-credential" => {
                let credential = field.text().await.unwrap_or_default();
                form.signer = proxy::signer(&format!("Credential={credential}"));
            }
            "file" => {
                let file = field.bytes().await.unwrap_or_default();
                form.file_bytes = file.len() as u64;
            }
            _ => {}
        }
    }
    form
}

fn boundary(headers: &HeaderMap) -> Option<String> {
    let media = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    multer::parse_boundary(media).ok()
}
