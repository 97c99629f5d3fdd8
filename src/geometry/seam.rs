//! Shapes whose longitudes go on beyond 180 and -180, cut at the antimeridian.

use geo::{BooleanOps, BoundingRect, Coord, LineString, MapCoords, Polygon, Rect};

use super::{GeometryError, Region};

/// What is so near to the antimeridian is on it: areas are cut on a grid that is coarser than numbers are.
const ON_SEAM: f64 = 1e-6;

/// A ring, unrolled.
pub(super) struct Ring {
    vertices: Vec<Coord<f64>>,
    /// Whether it goes around a pole, along which it was closed.
    is_polar: bool,
}

impl Ring {
    /// Closes a way that ends where it began, whole turns away or at a pole.
    pub(super) fn closed(mut way: Vec<Coord<f64>>) -> Self {
        let (Some(first), Some(last)) = (way.first().copied(), way.last().copied()) else {
            return Self { vertices: way, is_polar: false };
        };
        let at_pole = first.y.abs() == 90.0;
        let is_polar = !at_pole && (last.x - first.x).abs() > 180.0;
        if is_polar {
            // The mean of the latitudes' sines tells which side is smaller.
            let rise = |pair: &[Coord<f64>]| {
                (pair[1].x - pair[0].x) * (f64::midpoint(pair[0].y, pair[1].y)).to_radians().sin()
            };
            let mean = way.windows(2).map(rise).sum::<f64>() * (last.x - first.x).signum();
            let pole = if mean >= 0.0 { 90.0 } else { -90.0 };
            way.extend([Coord { x: last.x, y: pole }, Coord { x: first.x, y: pole }]);
        }
        if way.last() != Some(&first) {
            way.push(first);
        }
        Self { vertices: way, is_polar }
    }

    fn moved(mut self, by: f64) -> LineString<f64> {
        self.vertices.iter_mut().for_each(|at| at.x += by);
        LineString(self.vertices)
    }
}

/// A line's parts between antimeridians.
pub(super) fn cut_line(way: &[Coord<f64>]) -> Vec<LineString<f64>> {
    let (mut cut, mut part, mut moved) = (Vec::new(), Vec::new(), 0.0);
    for at in way {
        let mut next = Coord { x: at.x + moved, y: at.y };
        if let Some(last) = part.last().copied()
            && next.x.abs() > 180.0
        {
            let last: Coord<f64> = last;
            let seam = 180.0_f64.copysign(next.x);
            let y = last.y + (next.y - last.y) * ((seam - last.x) / (next.x - last.x));
            part.push(Coord { x: seam, y });
            cut.push(LineString(std::mem::take(&mut part)));
            part.push(Coord { x: -seam, y });
            moved -= 2.0 * seam;
            next.x = (at.x + moved).clamp(-180.0, 180.0);
        }
        part.push(next);
    }
    cut.push(LineString(part));
    cut.iter_mut().for_each(|line| line.0.dedup());
    if cut.len() > 1 {
        // One that starts or ends on the antimeridian has nothing beyond.
        cut.retain(|line| line.0.len() > 1);
    }
    cut
}

/// An area's parts between antimeridians.
pub(super) fn cut_area(outer: Ring, holes: Vec<Ring>) -> Result<Vec<Polygon<f64>>, GeometryError> {
    if holes.iter().any(|hole| hole.is_polar) {
        let expected = "an area whose holes don't go around a pole: cut it in two";
        return Err(GeometryError::Kind { found: "a hole around a pole", expected });
    }
    let span = |ring: &Ring| {
        ring.vertices.iter().map(|at| at.x).fold((f64::MAX, f64::MIN), |(low, high), x| (low.min(x), high.max(x)))
    };
    let (west, east) = span(&outer);
    let middle = f64::midpoint(west, east);
    // Around longitude 0 an area of no more than a turn is on the map, wherever it is on the globe.
    let turns = |ring: &Ring| {
        let (west, east) = span(ring);
        360.0 * ((middle - f64::midpoint(west, east)) / 360.0).round()
    };
    let holes: Vec<_> = holes.into_iter().map(|hole| (turns(&hole), hole)).collect();
    let is_on_map = (-180.0..=180.0).contains(&west) && (-180.0..=180.0).contains(&east);
    let by = if is_on_map { 0.0 } else { -middle };
    let whole = Polygon::new(outer.moved(by), holes.into_iter().map(|(turns, hole)| hole.moved(turns + by)).collect());
    Region::new(whole.clone())?;
    if is_on_map {
        return Ok(vec![whole]);
    }
    let whole = whole.map_coords(|at| Coord { x: at.x - by, ..at });
    Ok((-2..=2).flat_map(|turn| between_seams(&whole, 360.0 * f64::from(turn))).collect())
}

/// The parts of an area less than half a turn from a meridian, moved by that.
fn between_seams(area: &Polygon<f64>, meridian: f64) -> Vec<Polygon<f64>> {
    let (west, east) = (meridian - 180.0, meridian + 180.0);
    if area.bounding_rect().is_none_or(|bounds| bounds.min().x >= east || bounds.max().x <= west) {
        return Vec::new();
    }
    let strip = Rect::new(Coord { x: west, y: -90.0 }, Coord { x: east, y: 90.0 }).to_polygon();
    let onto =
        |limit: f64, value: f64| if (value.abs() - limit).abs() < ON_SEAM { limit.copysign(value) } else { value };
    let parts = area.intersection(&strip);
    parts.map_coords(|at| Coord { x: onto(180.0, at.x - meridian), y: onto(90.0, at.y) }).0
}
