//! What residents and staff do, as steps of a story.

use serde_json::{Value, json};
use zhitiao_photos::GpsPoint;
use zhitiao_photos::scene::{CameraNote, Scene, Subject, View, photograph};

use crate::world::{Answer, Caller, World};

/// Where the photos are taken: a street in the district.
const HERE: GpsPoint = GpsPoint {
    lat: 36.0610,
    lon: 120.3880,
};

/// A photo to upload.
#[derive(Debug, Clone)]
pub struct Upload {
    /// `front`, `side`, `surroundings` or `detail`.
    pub angle: &'static str,
    /// The file.
    pub jpeg: Vec<u8>,
}

impl Upload {
    /// A resident's photo of the subject, held as the orientation (1 to 8, EXIF) says.
    pub fn of(subject: Subject, view: View, orientation: u8) -> Self {
        let angle = match view {
            View::Front => "front",
            View::Side => "side",
            View::Surroundings => "surroundings",
        };
        let note = CameraNote {
            orientation,
            point: Some(HERE),
        };
        Self {
            angle,
            jpeg: photograph(
                Scene {
                    subject,
                    view,
                    seed: 7,
                },
                &note,
            ),
        }
    }

    /// How the photo is announced.
    pub fn announcement(&self) -> Value {
        json!({"angle": self.angle, "content_type": "image/jpeg", "bytes": self.jpeg.len()})
    }
}

/// A registered case, as its reporter knows it.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its number.
    pub number: String,
    /// The key to follow it.
    pub token: String,
    /// The whole receipt.
    pub receipt: Value,
}

impl Case {
    /// Reads a receipt.
    ///
    /// # Panics
    /// When it is none.
    #[track_caller]
    pub fn of(receipt: Value) -> Self {
        let text = |name: &str| {
            receipt[name]
                .as_str()
                .unwrap_or_else(|| panic!("{receipt:#}"))
                .to_owned()
        };
        Self {
            number: text("number"),
            token: text("tracking_token"),
            receipt,
        }
    }
}

/// A sound report that may be published.
pub fn report(text: &str, community: &str, category: &str) -> Value {
    json!({
        "text": text,
        "community": community,
        "category": category,
        "consents": {"publish": true},
    })
}

impl World {
    /// A resident reports, and uploads the photos.
    pub async fn reports(&self, mut body: Value, photos: &[Upload]) -> Case {
        if !photos.is_empty() {
            body["photos"] = photos.iter().map(Upload::announcement).collect();
        }
        let case = Case::of(self.anyone().post("/v1/reports", &body).await.expect(201));
        for (grant, photo) in case.receipt["uploads"]
            .as_array()
            .into_iter()
            .flatten()
            .zip(photos)
        {
            self.upload(grant, &photo.jpeg).await.expect(200);
        }
        case
    }

    /// Uploads a file as the grant says.
    pub async fn upload(&self, grant: &Value, file: &[u8]) -> Answer {
        let mut request = self.http().put(grant["url"].as_str().unwrap_or_default());
        for (name, value) in grant["headers"].as_object().into_iter().flatten() {
            // The client counts the length itself.
            if name != "content-length" {
                request = request.header(name, value.as_str().unwrap_or_default());
            }
        }
        self.anyone().send(request.body(file.to_vec())).await
    }

    /// The reporter looks at the own case.
    pub async fn follow(&self, case: &Case) -> Value {
        self.anyone()
            .with("tracking-token", &case.token)
            .get("/v1/my/case")
            .await
            .expect(200)
    }
}

impl Caller<'_> {
    /// Reads a case at the desk.
    pub async fn case(&self, number: &str) -> Value {
        self.get(&format!("/v1/desk/cases/{number}"))
            .await
            .expect(200)
    }

    /// Carries out a command on the case as it is now.
    pub async fn command(&self, number: &str, verb: &str, body: Value) -> Answer {
        let version = self.case(number).await["version"]
            .as_u64()
            .unwrap_or_default();
        self.command_at(number, version, verb, body).await
    }

    /// Carries out a command on the version of the case that the caller saw.
    pub async fn command_at(&self, number: &str, version: u64, verb: &str, body: Value) -> Answer {
        let seen = self.clone().with("if-match", &format!("\"{version}\""));
        seen.post(&format!("/v1/desk/cases/{number}/{verb}"), &body)
            .await
    }

    /// Uploads an evidence photo and answers its number once the photo is ready.
    pub async fn add_evidence(&self, world: &World, number: &str, photo: &Upload) -> u64 {
        let path = format!("/v1/desk/cases/{number}/photos");
        let grant = self.post(&path, &photo.announcement()).await.expect(201);
        world.upload(&grant, &photo.jpeg).await.expect(200);
        world.settle().await;
        grant["number"].as_u64().unwrap_or_default()
    }
}

/// The inbox messages that went to a unit.
pub fn to_unit<'m>(messages: &'m [Value], unit: &str) -> Vec<&'m Value> {
    let suffix = format!("#INBOX#{unit}");
    messages
        .iter()
        .filter(|message| {
            message["pk"]
                .as_str()
                .is_some_and(|key| key.ends_with(&suffix))
        })
        .collect()
}
