//! Solids sorted by place, so that a ray meets only those near its way: a tree of bounding boxes.

use glam::Vec3;

use super::geometry::{Hit, Ray, Solid};
use super::paint::Paint;

/// Solids that are tested one by one.
const LEAF: usize = 3;

/// A solid and what it is made of.
pub(super) type Thing = (Solid, Paint);

/// A box around some things, and the things or two smaller boxes.
pub(super) struct Grove {
    low: Vec3,
    high: Vec3,
    content: Content,
}

enum Content {
    Things(Vec<Thing>),
    /// The axis along which they were halved, and the halves: lower first.
    Halves(usize, Box<[Grove; 2]>),
}

impl Grove {
    /// Sorts things by halving them along the longest side of their box.
    pub(super) fn plant(mut things: Vec<Thing>) -> Self {
        let (low, high) = things.iter().fold(
            (Vec3::INFINITY, Vec3::NEG_INFINITY),
            |(low, high), (solid, _)| {
                let reach = solid.reach();
                (
                    low.min(solid.center - reach),
                    high.max(solid.center + reach),
                )
            },
        );
        let content = if things.len() <= LEAF {
            Content::Things(things)
        } else {
            let axis = (high - low).max_position();
            things.sort_by(|(a, _), (b, _)| a.center[axis].total_cmp(&b.center[axis]));
            let rest = things.split_off(things.len() / 2);
            Content::Halves(axis, Box::new([Self::plant(things), Self::plant(rest)]))
        };
        Self { low, high, content }
    }

    /// The nearest thing on a ray, nearer than `limit`, that `seen` does not wave through.
    pub(super) fn nearest(
        &self,
        ray: &Ray,
        limit: f32,
        seen: &impl Fn(&Hit, Paint) -> bool,
    ) -> Option<(Hit, Paint)> {
        let mut found = None;
        let mut search = Search {
            ray,
            inverse: ray.to.recip(),
            limit,
        };
        self.search(&mut search, seen, &mut found);
        found
    }

    fn search(
        &self,
        search: &mut Search<'_>,
        seen: &impl Fn(&Hit, Paint) -> bool,
        found: &mut Option<(Hit, Paint)>,
    ) {
        if !search.meets(self.low, self.high) {
            return;
        }
        match &self.content {
            Content::Things(things) => {
                for (solid, paint) in things {
                    let hit = solid.hit(search.ray, search.limit);
                    if let Some(hit) = hit.filter(|hit| seen(hit, *paint)) {
                        search.limit = hit.t;
                        *found = Some((hit, *paint));
                    }
                }
            }
            Content::Halves(axis, halves) => {
                // The half that the ray comes by first often hides the other.
                let first = usize::from(search.ray.to[*axis] < 0.0);
                halves[first].search(search, seen, found);
                halves[1 - first].search(search, seen, found);
            }
        }
    }
}

/// A ray on its way through the boxes.
struct Search<'a> {
    ray: &'a Ray,
    inverse: Vec3,
    /// How far it is still worth looking.
    limit: f32,
}

impl Search<'_> {
    fn meets(&self, low: Vec3, high: Vec3) -> bool {
        let (a, b) = (
            (low - self.ray.from) * self.inverse,
            (high - self.ray.from) * self.inverse,
        );
        let (enter, leave) = (a.min(b).max_element(), a.max(b).min_element());
        enter <= leave && leave > 0.0 && enter < self.limit
    }
}
