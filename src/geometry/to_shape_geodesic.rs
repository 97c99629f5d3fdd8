//! How far is a place from a shape on the ellipsoid?

use geo::Geometry;

use super::{
    LonLat, ToEdges, edge_tree::edges, geodesic_distance, surface::Surface, to_edge_geodesic::ToGeodesics,
    to_shape::nearest_place,
};

/// The distance on the ellipsoid from a place to a shape in metres: zero inside and on the boundary, elsewhere too long by at most
/// [`TOLERANCE`](super::TOLERANCE). `None` for a shape without coordinates, or with any that are not on the globe.
#[must_use]
pub fn geodesic_to_shape(place: LonLat, shape: &Geometry<f64>) -> Option<f64> {
    let nearest = nearest_place(place, shape)?;
    if nearest == place {
        return Some(0.0);
    }
    // What is nearest on the sphere need not be here, but nothing is that is farther by more than a part in a hundred.
    let mut best = geodesic_distance(place, nearest);
    let (on_sphere, from) = (ToEdges::new(place), ToGeodesics::at(place));
    for edge in edges(shape)? {
        if on_sphere.reaches(edge, ToGeodesics::chord_square(best)) {
            best = best.min(from.to_edge(edge, best));
        }
    }
    Some(best)
}
