//! Fills an empty directory table, so that a new local cloud has a district to serve.

use std::path::PathBuf;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use zhitiao_domain::kernel::ids::DistrictId;
use zhitiao_domain::kernel::place::CodedPlace;
use zhitiao_store::directory::channels::read_channels;
use zhitiao_store::{Directory, DirectoryData};

use crate::options::{BoxError, Prepared};

/// The logical id of the table that holds the directory.
const TABLE: &str = "DirectoryTable";

/// A hook for [`Options::prepare`](crate::Options::prepare) that writes the seed folder into the directory table unless
/// the district is there already. The district is the one of the seed.
pub fn hook(
    folder: PathBuf,
) -> impl FnOnce(Prepared) -> std::pin::Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>> {
    move |prepared| Box::pin(seed(prepared, folder))
}

/// A hook for [`Options::and_prepare`](crate::Options::and_prepare) that writes channels, in the form of the operators'
/// file, for the district whose directory is there.
pub fn channels(
    district: DistrictId,
    file: String,
) -> impl FnOnce(Prepared) -> std::pin::Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>> {
    move |prepared| {
        Box::pin(async move {
            let Some(table) = prepared.tables.get(TABLE) else {
                return Ok(());
            };
            let channels = read_channels(file.as_bytes(), &district);
            let channels = channels.map_err(|faults| faults.join("; "))?;
            let directory = Directory::new(&config(&prepared), table.clone());
            Ok(directory.import_channels(&district, &channels).await?)
        })
    }
}

async fn seed(prepared: Prepared, folder: PathBuf) -> Result<(), BoxError> {
    let Some(table) = prepared.tables.get(TABLE) else {
        return Ok(());
    };
    let data = DirectoryData::from_folder(&folder)?;
    let district = data.units.iter().find(|unit| unit.parent.is_none());
    let district = district.ok_or("the seed has no district")?.id.to_string();
    let district = DistrictId::parse(&district)?;
    let directory = Directory::new(&config(&prepared), table.clone());
    if directory.is_empty(&district).await? {
        directory.write(&district, data).await?;
        let places = std::fs::read(folder.join("places.json"))?;
        let places: Vec<CodedPlace> = serde_json::from_slice(&places)?;
        directory.import_places(&district, &places).await?;
    }
    Ok(())
}

/// A configuration for the engine on this machine, which takes any credentials.
pub fn config(prepared: &Prepared) -> SdkConfig {
    let credentials = Credentials::from_keys("local", "local", None);
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(prepared.region.clone()))
        .endpoint_url(&prepared.dynamodb_url)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build()
}
