//! Which route answers a request: the most specific one, as HTTP APIs choose it.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;

/// A route's pattern: `GET /v1/cases/{number}`, `ANY /files/{path+}` or `$default`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    method: Option<String>,
    segments: Vec<Segment>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Literal(String),
    Parameter(String),
    Rest(String),
}

impl Pattern {
    /// Reads a route key.
    pub(crate) fn parse(key: &str) -> Result<Self, String> {
        if key == "$default" {
            return Ok(Self {
                method: None,
                segments: vec![Segment::Rest(String::new())],
            });
        }
        let (method, path) = key
            .split_once(' ')
            .ok_or_else(|| format!("{key} is no route key"))?;
        let path = path
            .strip_prefix('/')
            .ok_or_else(|| format!("{key}: a path starts with /"))?;
        let segments: Vec<_> = path.split('/').map(segment).collect();
        let rests = segments
            .iter()
            .filter(|segment| matches!(segment, Segment::Rest(_)))
            .count();
        let last_is_rest = matches!(segments.last(), Some(Segment::Rest(_)));
        if rests > usize::from(last_is_rest) {
            return Err(format!("{key}: only the last part may be greedy"));
        }
        Ok(Self {
            method: Some(method)
                .filter(|method| *method != "ANY")
                .map(str::to_owned),
            segments,
        })
    }

    /// The path parameters when the pattern fits.
    pub(crate) fn fit(&self, method: &str, path: &str) -> Option<BTreeMap<String, String>> {
        if self.method.as_deref().is_some_and(|own| own != method) {
            return None;
        }
        let mut parameters = BTreeMap::new();
        let parts: Vec<_> = path.trim_start_matches('/').split('/').collect();
        for (index, segment) in self.segments.iter().enumerate() {
            let part = parts.get(index).copied().unwrap_or_default();
            match segment {
                Segment::Literal(literal) if literal == part && index < parts.len() => {}
                Segment::Parameter(name) if !part.is_empty() => {
                    parameters.insert(name.clone(), decoded(part));
                }
                Segment::Rest(name) if name.is_empty() => return Some(parameters),
                Segment::Rest(name) if !part.is_empty() => {
                    parameters.insert(name.clone(), decoded(&parts[index..].join("/")));
                    return Some(parameters);
                }
                _ => return None,
            }
        }
        (parts.len() == self.segments.len()).then_some(parameters)
    }

    /// Smaller is more specific: literals before parameters before greedy ones, a method before any.
    pub(crate) fn rank(&self) -> (Vec<u8>, bool) {
        let kinds = self.segments.iter().map(|segment| match segment {
            Segment::Literal(_) => 0,
            Segment::Parameter(_) => 1,
            Segment::Rest(name) if !name.is_empty() => 2,
            Segment::Rest(_) => 3,
        });
        (kinds.collect(), self.method.is_none())
    }
}

fn segment(text: &str) -> Segment {
    match text
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'))
    {
        Some(name) => match name.strip_suffix('+') {
            Some(name) => Segment::Rest(name.to_owned()),
            None => Segment::Parameter(name.to_owned()),
        },
        None => Segment::Literal(text.to_owned()),
    }
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(
        routes: &[&'static str],
        method: &str,
        path: &str,
    ) -> Option<(&'static str, BTreeMap<String, String>)> {
        let patterns = routes
            .iter()
            .map(|route| (*route, Pattern::parse(route).unwrap()));
        let fitting = patterns.filter_map(|(key, p)| Some((key, p.fit(method, path)?, p.rank())));
        fitting
            .min_by_key(|(_, _, rank)| rank.clone())
            .map(|(key, parameters, _)| (key, parameters))
    }

    #[test]
    fn the_most_specific_route_answers() {
        let routes = [
            "$default",
            "GET /a/{x}",
            "GET /a/b",
            "ANY /a/{rest+}",
            "POST /a/{x}",
            "ANY /a/b",
        ];
        for (method, path, expected) in [
            ("GET", "/a/b", "GET /a/b"),
            ("PUT", "/a/b", "ANY /a/b"),
            ("GET", "/a/c", "GET /a/{x}"),
            ("PUT", "/a/c", "ANY /a/{rest+}"),
            ("GET", "/a/c/d", "ANY /a/{rest+}"),
            ("GET", "/a", "$default"),
            ("GET", "/", "$default"),
        ] {
            assert_eq!(
                chosen(&routes, method, path).unwrap().0,
                expected,
                "{method} {path}"
            );
        }
    }

    #[test]
    fn without_a_default_route_nothing_answers_an_unknown_path() {
        assert_eq!(chosen(&["GET /a/{x}"], "GET", "/b"), None);
        assert_eq!(chosen(&["GET /a/{x}"], "POST", "/a/1"), None);
        assert_eq!(chosen(&["GET /a/{x}"], "GET", "/a/"), None);
    }

    #[test]
    fn path_parameters_are_decoded() {
        let (_, parameters) = chosen(&["GET /a/{x}/{y+}"], "GET", "/a/%E5%B0%8F/c/d").unwrap();
        assert_eq!(parameters["x"], "小");
        assert_eq!(parameters["y"], "c/d");
    }

    #[test]
    fn malformed_route_keys_are_refused() {
        for key in ["GET", "GET a", "GET /{x+}/b"] {
            assert!(Pattern::parse(key).is_err(), "{key}");
        }
    }
}
