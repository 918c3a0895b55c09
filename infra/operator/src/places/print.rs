//! Prints codes: sheets of 24 labels, each with the words that say what it is for.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use zhitiao_domain::kernel::ids::DistrictId;
use zhitiao_domain::kernel::lang::Lang;
use zhitiao_domain::kernel::org::OrgChart;
use zhitiao_domain::kernel::place::{CodedPlace, PlaceCode};
use zhitiao_pages::qr;
use zhitiao_runtime::bootstrap::{self, Error};
use zhitiao_store::Directory;

use crate::arguments::PlacesPrint;
use crate::say;

/// Labels on one page of A4: four beside each other, six above each other.
const LABELS: usize = 24;

const STYLE: &str = "@page { size: A4; margin: 8mm } body { margin: 0; font: 9pt system-ui, sans-serif; color: #000 } \
    .sheet { display: grid; grid-template: repeat(6, 46mm) / repeat(4, 1fr); gap: 1mm; break-after: page } \
    .label { border: .2mm dashed #888; padding: 1mm; text-align: center; overflow: hidden; line-height: 1.25 } \
    .label svg { width: 27mm; height: 27mm } p { margin: 0 } .code { font-weight: bold; letter-spacing: .05em }";

/// Writes the sheets.
pub(crate) async fn run(order: &PlacesPrint) -> Result<(), Error> {
    let aws = bootstrap::aws_loader().load().await;
    let directory = Directory::new(&aws, order.of.table.clone());
    let district = &order.of.district;
    let Some(snapshot) = directory.snapshot(district).await? else {
        return Err(format!("the table has no directory of {district}").into());
    };
    let rules = snapshot.data.rulebook()?;
    let mut places = directory.places(district).await?;
    let community = order.community.as_ref();
    places.retain(|place| !place.retired && community.is_none_or(|one| place.community == *one));
    if places.is_empty() {
        return Err("no place has a code there: import places first".into());
    }
    places
        .sort_by(|a, b| (&a.community, &a.address, &a.id).cmp(&(&b.community, &b.address, &b.id)));
    let public_url = order.public_url.trim_end_matches('/');
    let document = sheets(&places, district, &rules.org, public_url);
    std::fs::write(&order.file, document.into_string())?;
    let pages = places.len().div_ceil(LABELS);
    say(&format!(
        "{} codes on {pages} pages: open {} in a browser and print it at 100 %",
        places.len(),
        order.file.display()
    ))
}

fn sheets(
    places: &[CodedPlace],
    district: &DistrictId,
    org: &OrgChart,
    public_url: &str,
) -> Markup {
    html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head { meta charset="utf-8"; title { "扫码反映问题" } style { (PreEscaped(STYLE)) } }
            body {
                @for page in places.chunks(LABELS) {
                    div.sheet {
                        @for place in page { (label(place, district, org, public_url)) }
                    }
                }
            }
        }
    }
}

fn label(place: &CodedPlace, district: &DistrictId, org: &OrgChart, public_url: &str) -> Markup {
    let code = PlaceCode::of(district, &place.id);
    let community = org.unit(&place.community);
    html! {
        div.label {
            (qr::code(&format!("{public_url}/p/{code}")))
            p { b { "坏了？扫一扫，拍张照就行" } }
            p { (community.map_or("", |unit| unit.name.get(Lang::Zh))) " " (place.address) }
            p.code { (code) }
            @if let Some(phone) = &place.phone { p { "紧急：" (phone) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use zhitiao_store::DirectoryData;

    use super::*;

    #[test]
    fn twenty_four_labels_fit_on_a_page_each_with_its_words() {
        let seed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../seed");
        let rules = DirectoryData::from_folder(&seed)
            .unwrap()
            .rulebook()
            .unwrap();
        let district = DistrictId::parse("shinan").unwrap();
        let place = |number: usize| {
            let text = serde_json::json!({"id": format!("lamp-{number}"), "community": "xianggang-huayuan",
                "address": format!("{number}号<灯杆>"), "asset": "lamp", "phone": "0532-85550000"});
            serde_json::from_value(text).unwrap()
        };
        let places: Vec<CodedPlace> = (0..25).map(place).collect();
        let document =
            sheets(&places, &district, &rules.org, "https://zhitiao.example").into_string();
        assert_eq!(document.matches("class=\"sheet\"").count(), 2);
        assert_eq!(document.matches("<svg").count(), 25);
        for shown in ["24号&lt;灯杆&gt;", "香港花园社区", "紧急：0532-85550000"] {
            assert!(document.contains(shown), "{shown}");
        }
        let code = PlaceCode::of(&district, "lamp-24").to_string();
        assert!(document.contains(&code), "{code}");
    }
}
