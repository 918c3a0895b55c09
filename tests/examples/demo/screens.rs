//! What it looks like in the end: the pages that residents read, drawn by a browser of this machine.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use zhitiao_local::BoxError;

use crate::demo::Demo;
use crate::handling::Cases;

/// What a browser without a window is called.
const BROWSERS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// A telephone's width, and as much of a page as is worth a look, in CSS pixels.
const WINDOW: &str = "--window-size=390,1400";

/// Draws the pages where this machine has a browser; else says which addresses to open after `make run`.
pub(crate) async fn draw(demo: &mut Demo, cases: &Cases) -> Result<(), BoxError> {
    demo.terminal.heading("网页", "What residents see")?;
    let Some(browser) = browser() else {
        return Ok(demo.terminal.aside(
            "No Chromium is installed here: `make run` prints the address of the pages.",
        )?);
    };
    let url = demo.world.cloud.api_url().to_owned();
    let pages = [
        ("home", "/".to_owned()),
        ("report", "/report?community=xianggang-huayuan".to_owned()),
        ("board", "/board/xianggang-huayuan".to_owned()),
        ("case", format!("/cases/{}", cases.lamp.number)),
    ];
    for (name, path) in pages {
        let file = demo.photo_folder.file(&format!("page-{name}.png"));
        let (browser, address) = (browser.clone(), format!("{url}{path}"));
        let drawn = {
            let file = file.clone();
            tokio::task::spawn_blocking(move || screenshot(&browser, &address, &file)).await?
        };
        if drawn {
            let bytes = std::fs::metadata(&file)?.len();
            demo.terminal
                .line(format_args!("{path}  {} ({bytes} B)", file.display()))?;
        } else {
            demo.terminal
                .aside(format_args!("the browser did not draw {path}"))?;
        }
    }
    Ok(())
}

/// The first browser on the path.
fn browser() -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&folders).collect();
    let mut names = BROWSERS.into_iter();
    names.find_map(|name| {
        let mut files = folders.iter().map(|folder| folder.join(name));
        files.find(|file| file.is_file())
    })
}

fn screenshot(browser: &Path, address: &str, file: &Path) -> bool {
    let mut command = Command::new(browser);
    command
        .args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            WINDOW,
        ])
        .arg(format!("--screenshot={}", file.display()))
        .arg(address)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success()) && file.is_file()
}
