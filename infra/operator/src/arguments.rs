//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use zhitiao_domain::kernel::ids::{DistrictId, UnitId};

/// Does for a deployed district what the console cannot.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Checks the files of a directory and names every fault.
    #[command(after_help = "Examples:\n  \
        zhitiao-operator check --folder infra/seed --district shinan\n  \
        zhitiao-operator check --folder shinan --district shinan --channels channels.json")]
    Check {
        #[command(flatten)]
        source: Folder,
        /// The file with the channels, as `channels` imports it: every fault of it is named.
        #[arg(long, value_name = "FILE")]
        channels: Option<PathBuf>,
    },
    /// Writes the files of a directory into the table, after checking them.
    ///
    /// Only what differs is written. A directory that is there already is changed with --replace only: units, staff and
    /// categories that the files do not name are then deleted. Versions of promises and calendar stay for ever, because
    /// cases are promised under them: what changes there needs a higher `version` in its file.
    ///
    /// Region and credentials come from where the AWS CLI has them: `AWS_REGION`, `AWS_PROFILE`, `AWS_ACCESS_KEY_ID`
    /// and so on. They need dynamodb:Query and dynamodb:BatchWriteItem on the table.
    #[command(after_help = "Examples:\n  \
        zhitiao-operator seed --table zhitiao-DirectoryTable-1ABC --district shinan --folder infra/seed --dry-run\n  \
        zhitiao-operator seed --table zhitiao-DirectoryTable-1ABC --district shinan --folder shinan --replace")]
    Seed(Order),
    /// Writes the stored directory into a folder, as `seed` reads it: for version control, or to change it there.
    #[command(after_help = "Example:\n  \
        zhitiao-operator export --table zhitiao-DirectoryTable-1ABC --district shinan --folder shinan")]
    Export(Export),
    /// Imports the channels that messages go out by, after checking them against the stored directory.
    ///
    /// The file is `{"wecom": {unit: url}, "webhooks": {unit: {"url", "secret"}}, "people": {"url", "secret"}}`.
    /// Channels that it does not name stay. Single ones are set and taken away over the API
    /// (`/v1/directory/channels`).
    ///
    /// Region and credentials come from where the AWS CLI has them. They need dynamodb:Query and
    /// dynamodb:BatchWriteItem on the table.
    #[command(after_help = "Example:\n  \
        zhitiao-operator channels --table zhitiao-DirectoryTable-1ABC --district shinan --file channels.json --dry-run")]
    Channels(ChannelsImport),
    /// Imports the places that have a code, or prints their codes.
    #[command(subcommand)]
    Places(Places),
    /// Does the steps that bring the stored data to this release: after the deployment, by the program of that release.
    ///
    /// A run that was killed is run again. From the first step on, older releases refuse to start. Without --dry-run it
    /// changes items one by one, and only what no other writer changes at the same moment.
    ///
    /// Region and credentials come from where the AWS CLI has them. They need dynamodb:Query, dynamodb:GetItem and
    /// dynamodb:UpdateItem on both tables.
    #[command(after_help = "Example:\n  \
        zhitiao-operator migrate --table zhitiao-DirectoryTable-1ABC --cases zhitiao-CasesTable-2DEF --district shinan --dry-run")]
    Migrate(Migrate),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Places {
    /// Writes the places of `places.json` that are new or differ, after checking them against the stored directory.
    ///
    /// The file is a list of `{"id", "community", "address", "asset", "categories", "unit", "phone", "retired"}`;
    /// `make import PLACES=…` makes it from a spreadsheet. A code follows from the id of the thing. Places that the
    /// file does not name stay: a thing that is gone gets `"retired": true`, so that its code is never another
    /// thing's.
    ///
    /// Region and credentials come from where the AWS CLI has them. They need dynamodb:Query and
    /// dynamodb:BatchWriteItem on the table.
    #[command(after_help = "Example:\n  \
        zhitiao-operator places import --table zhitiao-DirectoryTable-1ABC --district shinan --folder shinan --dry-run")]
    Import(PlacesImport),
    /// Writes sheets with the codes, 24 to a page of A4, as one file that a browser prints.
    #[command(after_help = "Example:\n  \
        zhitiao-operator places print --table zhitiao-DirectoryTable-1ABC --district shinan \\\n    \
        --public-url https://zhitiao.example.cn --community xianggang-huayuan --file codes.html")]
    Print(PlacesPrint),
}

/// Which places to write where.
#[derive(Debug, Args)]
pub(crate) struct PlacesImport {
    /// The folder with places.json.
    #[arg(long, value_name = "DIR")]
    pub(crate) folder: PathBuf,
    #[command(flatten)]
    pub(crate) of: Deployed,
    /// Show what would be written, and do nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Which codes to print.
#[derive(Debug, Args)]
pub(crate) struct PlacesPrint {
    #[command(flatten)]
    pub(crate) of: Deployed,
    /// The address of the service: the parameter `PublicUrl` of the stack.
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: String,
    /// Only this community.
    #[arg(long, value_name = "ID", value_parser = UnitId::parse)]
    pub(crate) community: Option<UnitId>,
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    pub(crate) file: PathBuf,
}

/// The directory of a deployed district.
#[derive(Debug, Args)]
pub(crate) struct Deployed {
    /// The district: the parameter `District` of the stack.
    #[arg(long, value_name = "ID", value_parser = DistrictId::parse)]
    pub(crate) district: DistrictId,
    /// The table: the output `DirectoryTableName` of the stack.
    #[arg(long, value_name = "NAME")]
    pub(crate) table: String,
}

/// Whose stored data is brought to this release.
#[derive(Debug, Args)]
pub(crate) struct Migrate {
    /// The district: the parameter `District` of the stack.
    #[arg(long, value_name = "ID", value_parser = DistrictId::parse)]
    pub(crate) district: DistrictId,
    /// The directory table: the output `DirectoryTableName` of the stack.
    #[arg(long, value_name = "NAME")]
    pub(crate) table: String,
    /// The cases table: the output `CasesTableName` of the stack.
    #[arg(long, value_name = "NAME")]
    pub(crate) cases: String,
    /// Show what would be changed, and do nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Which channels to write where.
#[derive(Debug, Args)]
pub(crate) struct ChannelsImport {
    /// The file.
    #[arg(long, value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The district: the parameter `District` of the stack.
    #[arg(long, value_name = "ID", value_parser = DistrictId::parse)]
    pub(crate) district: DistrictId,
    /// The table: the output `DirectoryTableName` of the stack.
    #[arg(long, value_name = "NAME")]
    pub(crate) table: String,
    /// Show what would be written, and do nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// What to write into which folder.
#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) source: Folder,
    /// The table: the output `DirectoryTableName` of the stack.
    #[arg(long, value_name = "NAME")]
    pub(crate) table: String,
}

/// Which files, for which district.
#[derive(Debug, Args)]
pub(crate) struct Folder {
    /// The folder with units.json, staff.json, categories.json, promises.json and calendar.json.
    #[arg(long, value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// The district: the parameter `District` of the stack, and the id of the topmost unit.
    #[arg(long, value_name = "ID", value_parser = DistrictId::parse)]
    pub(crate) district: DistrictId,
}

/// What to write where.
#[derive(Debug, Args)]
pub(crate) struct Order {
    #[command(flatten)]
    pub(crate) source: Folder,
    /// The table: the output `DirectoryTableName` of the stack.
    #[arg(long, value_name = "NAME")]
    pub(crate) table: String,
    /// Change a directory that is there already.
    #[arg(long)]
    pub(crate) replace: bool,
    /// Show what would be written and deleted, and do nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}
