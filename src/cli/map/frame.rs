//! Which part of the globe does a map show, and how large?
//!
//! Equirectangular: longitude and latitude are drawn as they are, longitudes narrowed by the cosine of the middle latitude, so that shapes
//! there look as they do on the ground. Longitudes go round: the frame begins behind the widest stretch of meridians on which
//! nothing is to be shown, so places on both sides of the antimeridian are drawn side by side.

/// What a thing covers, in degrees. `east` is at least `west`, and may be beyond 180.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    pub west: f64,
    pub east: f64,
    pub south: f64,
    pub north: f64,
}

impl Extent {
    /// Of some coordinates; `None` of none.
    pub fn of(coords: impl IntoIterator<Item = (f64, f64)>) -> Option<Self> {
        coords.into_iter().fold(None, |known: Option<Self>, (lon, lat)| {
            let at = Self { west: lon, east: lon, south: lat, north: lat };
            Some(known.map_or(at, |known| Self {
                west: known.west.min(lon),
                east: known.east.max(lon),
                south: known.south.min(lat),
                north: known.north.max(lat),
            }))
        })
    }
}

/// The frame of a map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// The meridian on the left; the one on the right is `degrees` farther east.
    pub west: f64,
    pub degrees: f64,
    pub south: f64,
    pub north: f64,
    /// Pixels of a degree of longitude and of latitude.
    scale: (f64, f64),
}

/// How wide a map is, in pixels.
pub const WIDTH: f64 = 1_000.0;

/// Least and greatest height of a map, as shares of its width.
const ASPECT: (f64, f64) = (0.4, 1.25);

/// Around what is shown, as a share of it, and in degrees at least.
const MARGIN: (f64, f64) = (0.06, 0.5);

/// Wider maps show all meridians.
const NEARLY_ALL: f64 = 300.0;

impl Frame {
    /// The frame around things; the whole globe when there are none.
    pub fn around(things: &[Extent]) -> Self {
        let low = things.iter().map(|thing| thing.south).reduce(f64::min).unwrap_or(-90.0);
        let high = things.iter().map(|thing| thing.north).reduce(f64::max).unwrap_or(90.0);
        let (west, degrees) = meridians(things);
        // Longitudes near the poles are not narrowed to nothing.
        let narrowed = f64::midpoint(low, high).to_radians().cos().max(0.2);
        let margin = MARGIN.1.max(MARGIN.0 * (degrees * narrowed).max(high - low));
        let (mut wide, mut tall) = (degrees * narrowed + 2.0 * margin, high - low + 2.0 * margin);
        wide = wide.max(tall / ASPECT.1);
        tall = tall.max(wide * ASPECT.0).min(180.0);
        let middle = west + degrees / 2.0;
        let degrees = if wide / narrowed > NEARLY_ALL { 360.0 } else { wide / narrowed };
        let south = (f64::midpoint(low, high) - tall / 2.0).clamp(-90.0, 90.0 - tall);
        let scale = WIDTH / degrees;
        Self { west: middle - degrees / 2.0, degrees, south, north: south + tall, scale: (scale, scale / narrowed) }
    }

    /// The height in pixels.
    pub fn height(&self) -> f64 {
        (self.north - self.south) * self.scale.1
    }

    /// Where a place is drawn, in pixels from the upper left.
    pub fn at(&self, lon: f64, lat: f64) -> (f64, f64) {
        let tenth = |pixels: f64| (pixels * 10.0).round() / 10.0;
        (tenth((lon - self.west) * self.scale.0), tenth((self.north - lat) * self.scale.1))
    }

    /// The turns of the globe, in degrees, by which a thing must be moved east to be seen: none or several.
    pub fn turns(&self, thing: Extent) -> impl Iterator<Item = f64> + use<> {
        let frame = *self;
        (-2..=2).map(|turns| f64::from(turns) * 360.0).filter(move |turn| {
            thing.east + turn >= frame.west
                && thing.west + turn <= frame.west + frame.degrees
                && thing.north >= frame.south
                && thing.south <= frame.north
        })
    }
}

/// The meridian where the frame begins and how far east it goes: everything but the widest stretch without anything.
fn meridians(things: &[Extent]) -> (f64, f64) {
    let mut stretches: Vec<(f64, f64)> = things.iter().map(|thing| from_zero(thing.west, thing.east)).collect();
    stretches.sort_by(|a, b| a.0.total_cmp(&b.0));
    let Some(&(first, mut reach)) = stretches.first() else { return (-180.0, 360.0) };
    let (mut begin, mut gap) = (first, 0.0);
    for (west, east) in stretches {
        if west - reach > gap {
            (begin, gap) = (west, west - reach);
        }
        reach = reach.max(east);
    }
    if first + 360.0 - reach > gap {
        (begin, gap) = (first, first + 360.0 - reach);
    }
    if gap <= 0.0 { (-180.0, 360.0) } else { (begin, 360.0 - gap) }
}

/// The same stretch of meridians, beginning at 0 or more and below 360.
fn from_zero(west: f64, east: f64) -> (f64, f64) {
    let begin = west.rem_euclid(360.0);
    (begin, begin + (east - west))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(lon: f64, lat: f64) -> Extent {
        Extent { west: lon, east: lon, south: lat, north: lat }
    }

    fn shown(frame: &Frame, thing: Extent) -> Vec<(f64, f64)> {
        frame.turns(thing).map(|turn| frame.at(thing.west + turn, thing.south)).collect()
    }

    #[test]
    fn both_sides_of_the_antimeridian_are_neighbours() {
        let (fiji, samoa) = (point(178.4, -18.1), point(-172.1, -13.8));
        let frame = Frame::around(&[fiji, samoa]);
        assert!(frame.degrees < 20.0, "{frame:?}");
        let ([(left, low)], [(right, high)]) = (&shown(&frame, fiji)[..], &shown(&frame, samoa)[..]) else {
            panic!("each once: {frame:?}");
        };
        assert!(left < right && high < low && *right < WIDTH && *low < frame.height(), "{frame:?}");
    }

    #[test]
    fn everything_is_in_the_frame_and_the_frame_on_the_globe() {
        let spread = [point(-170.0, -80.0), point(10.0, 85.0), point(100.0, 0.0)];
        let poles = [point(0.0, 90.0), point(180.0, 90.0)];
        let area = Extent { west: 170.0, east: 180.0, south: -10.0, north: 10.0 };
        let sets: [&[Extent]; 6] =
            [&[], &spread, &poles, &[point(0.0, 0.0)], &[area, point(-180.0, 0.0)], &[point(-180.0, -90.0)]];
        for things in sets {
            let frame = Frame::around(things);
            assert!(frame.south >= -90.0 && frame.north <= 90.0 && frame.degrees <= 360.0, "{frame:?}");
            assert!(frame.height() <= WIDTH * 1.3 && frame.height() >= WIDTH * 0.35, "{frame:?}: {}", frame.height());
            for thing in things {
                assert!(!shown(&frame, *thing).is_empty(), "{thing:?} in {frame:?}");
                for (x, y) in shown(&frame, *thing) {
                    assert!(
                        (0.0..=WIDTH).contains(&x) && (0.0..=frame.height() + 0.1).contains(&y),
                        "{thing:?} in {frame:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn one_place_is_shown_with_what_is_around_it() {
        let frame = Frame::around(&[point(44.8, 41.7)]);
        let (x, y) = frame.at(44.8, 41.7);
        assert!((x - WIDTH / 2.0).abs() < 1.0 && (y - frame.height() / 2.0).abs() < 1.0, "{x} {y} in {frame:?}");
        assert_eq!(frame.turns(point(60.0, 41.7)).count(), 0);
        assert_eq!(frame.turns(point(44.8 - 360.0, 41.7)).collect::<Vec<_>>(), [360.0]);
    }
}
