//! The residents' pages: report, follow, read, with or without a script, in large type, without an account.
//!
//! The pages call the use cases that the API calls and show the same view models; only forms and links are theirs. What
//! a browser keeps of a resident are the tracking tokens of their cases, in a cookie; the service keeps none of it.

mod assets;
mod board;
mod case;
mod community;
mod feed;
mod home;
mod map;
mod mine;
mod own;
mod own_data;
mod own_forms;
mod place;
mod report;
mod report_form;
mod settings;
mod visitor;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn_with_state};
use axum::routing::{get, post};
use zhitiao_app::board::PublicBoard;
use zhitiao_app::{Intake, PublicCases, PublicDistrict, TrackingKeys, TrackingSecrets};
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::kernel::ids::DistrictId;
use zhitiao_domain::kernel::profile::Profile;
use zhitiao_edge::form::SiteAddress;
use zhitiao_edge::{CursorKey, Hotline};
use zhitiao_pages::Frame;
use zhitiao_photos::PhotoStore;
use zhitiao_runtime::bootstrap::{self, Error};
use zhitiao_runtime::{Clock, Env, Secret, config};
use zhitiao_store::{CaseTable, Directory};

use crate::visitor::Visitor;

/// The name in logs and metrics.
pub const SERVICE: &str = "site";

config::config! {
    struct Config {
        district: DistrictId = "DISTRICT" => |env, name| env.parsed(name, DistrictId::parse),
        cases: String = "CASES_TABLE" => Env::required,
        directory: String = "DIRECTORY_TABLE" => Env::required,
        quarantine: String = "QUARANTINE_BUCKET" => Env::required,
        photos: String = "PHOTOS_BUCKET" => Env::required,
        tracking: TrackingSecrets = "TRACKING_SECRETS" => |env, name| env.parsed(name, TrackingSecrets::parse),
        cursors: Secret = "CURSOR_SECRET" => Env::secret,
        public_url: String = "PUBLIC_URL" => Env::required,
        hotline: String = "HOTLINE" => Env::required,
    }
    also ["LOG_LEVEL", "ORIGIN_SECRET"]
}

/// The variables that this function reads.
pub const ENV: &[&str] = Config::VARS;

/// The telephone that pages offer to call.
struct MainPhone {
    /// For people.
    number: String,
    /// For a telephone.
    dialed: String,
}

/// What the pages need.
#[derive(Debug)]
pub struct Site {
    district: PublicDistrict,
    cases: CaseTable,
    photos: PhotoStore,
    intake: Intake,
    shown: PublicCases,
    tracking: TrackingKeys,
    board: PublicBoard,
    hotline: String,
    /// The addresses of the two buckets, as the policy of pages names them.
    buckets: String,
    address: SiteAddress,
    /// The address of this site as browsers write it, without a slash at its end.
    public_url: String,
    /// Whether browsers come by HTTPS: then cookies are sent by it alone.
    is_secure: bool,
}

impl Site {
    /// Opens the tables and the buckets and reads the directory, which also opens the connection.
    ///
    /// # Errors
    /// When the configuration is incomplete or the directory cannot be read.
    pub async fn open(env: Env) -> Result<Self, Error> {
        let clock = Clock::of(&env);
        let config = Config::read(env)?;
        let aws = bootstrap::aws_config().await;
        let cases = CaseTable::new(&aws, config.cases);
        let photos = PhotoStore::new(&aws, Some(config.quarantine), Some(config.photos));
        let directory = Directory::new(&aws, config.directory);
        let id = config.district;
        let tracking = TrackingKeys::new(id.clone(), config.tracking);
        let (scheme, address) = config.public_url.split_once("://").unwrap_or_default();
        Ok(Self {
            intake: Intake::new(cases.clone(), photos.clone(), tracking.clone()),
            buckets: photos.addresses().await?.join(" "),
            shown: PublicCases::new(id.clone(), cases.clone(), photos.clone(), clock.clone()),
            tracking,
            board: PublicBoard::new(id.clone(), cases.clone(), CursorKey::new(config.cursors)),
            cases,
            photos,
            hotline: config.hotline,
            is_secure: scheme == "https",
            public_url: config.public_url.trim_end_matches('/').to_owned(),
            address: SiteAddress(address.trim_end_matches('/').to_owned()),
            district: PublicDistrict::open(id, directory, clock).await?,
        })
    }

    /// The frame of the page at a path, as the visitor's community presents itself.
    fn frame<'a>(&'a self, visitor: &Visitor, here: &'a str, rules: &'a Rulebook) -> Frame<'a> {
        let (org, reader) = (&rules.org, visitor.reader);
        let district = org.unit(org.district());
        let community = visitor.community(org);
        let profile = org.profile(
            community
                .or(district)
                .map_or(org.district(), |unit| &unit.id),
        );
        let phone = self.phone(&profile);
        Frame {
            reader,
            here,
            district: district.map_or("", |unit| unit.name.get(reader.lang)),
            community: community.map(|unit| unit.name.get(reader.lang)),
            color: profile.color.unwrap_or_default().code(),
            logo: profile.logo.clone(),
            hotline: phone.number,
            dialed: phone.dialed,
            buckets: &self.buckets,
        }
    }

    /// The telephone that pages offer to call: the first of the profile, or the service's own.
    fn phone(&self, profile: &Profile) -> MainPhone {
        let listed = profile.phones.first();
        let listed = listed.and_then(|phone| Some((phone.number.clone(), phone.dialed()?)));
        let (number, dialed) =
            listed.unwrap_or_else(|| (self.hotline.clone(), self.hotline.clone()));
        MainPhone { number, dialed }
    }
}

/// The paths of the pages, as API Gateway knows them, with their methods.
pub const ROUTES: [(&str, &str); 22] = [
    ("GET", "/"),
    ("GET", "/report"),
    ("POST", "/report"),
    ("GET", "/my"),
    ("POST", "/my"),
    ("GET", "/my/{number}"),
    ("POST", "/my/{number}/{action}"),
    ("GET", "/my/{number}/data"),
    ("GET", "/my/{number}/photos/{photo}"),
    ("GET", "/communities"),
    ("GET", "/communities/{community}"),
    ("GET", "/board"),
    ("GET", "/board/{community}"),
    ("GET", "/board/{community}/feed"),
    ("GET", "/board/{community}/map"),
    ("GET", "/cases/{number}"),
    ("GET", "/p/{code}"),
    ("GET", "/help"),
    ("GET", "/privacy"),
    ("GET", "/accessibility"),
    ("GET", "/settings"),
    ("GET", "/assets/{file}"),
];

/// The router of this function.
pub fn router(site: Site) -> Router {
    let site = Arc::new(site);
    let routes = Router::new()
        .route("/", get(home::home))
        .route("/report", get(report::form).post(report::submit))
        .route("/my", get(mine::list).post(mine::add))
        .route("/my/{number}", get(own::show))
        .route("/my/{number}/data", get(own_data::show))
        .route("/my/{number}/{action}", post(own::act))
        .route("/my/{number}/photos/{photo}", get(own::upload))
        .route("/communities", get(community::list))
        .route("/communities/{community}", get(community::home))
        .route("/board", get(board::communities))
        .route("/board/{community}", get(board::board))
        .route("/board/{community}/feed", get(feed::board))
        .route("/board/{community}/map", get(map::board))
        .route("/cases/{number}", get(case::public))
        .route("/p/{code}", get(place::report))
        .route("/help", get(home::help))
        .route("/privacy", get(home::privacy))
        .route("/accessibility", get(home::accessibility))
        .route("/settings", get(settings::change))
        .route("/assets/{file}", get(assets::file))
        .with_state(Arc::clone(&site));
    zhitiao_edge::http(routes).layer(from_fn_with_state(site, named))
}

/// Tells what reads a form under which name browsers know this site, and what refuses a request where a person answers.
async fn named(
    axum::extract::State(site): axum::extract::State<Arc<Site>>,
    mut request: Request,
    next: Next,
) -> axum::response::Response {
    request.extensions_mut().insert(site.address.clone());
    request
        .extensions_mut()
        .insert(Hotline(site.hotline.clone()));
    next.run(request).await
}
