//! What is near, inside or around on the sphere?
//!
//! Great-circle mathematics on top of `geo`. Longitude before latitude, degrees, WGS84; distances in metres.
//! [`distance`] is the one distance function, [`distance_to_shape`] the one to lines and areas, and [`PreparedShape::metres_to`] the one
//! between such: every index prunes with a margin and decides by them.
//!
//! Points, boxes and regions answer as places on the globe do: longitude 180 and -180 are one meridian, and all longitudes meet at
//! a pole. The edges of a [`Region`] are straight in longitude and latitude, as GeoJSON (RFC 7946) means them; a polygon that
//! crosses the antimeridian is given as the parts of a multipolygon on either side of it, as the same standard asks.

mod between;
#[cfg(test)]
mod between_tests;
mod edge_tree;
mod edges;
mod error;
mod exact;
mod formats;
mod geo_box;
mod geodesic;
mod measure;
mod members;
mod outline;
#[cfg(test)]
mod outline_tests;
#[cfg(test)]
mod overlap_tests;
mod parts;
mod pieces;
mod place;
mod prepared;
mod region;
mod regions;
mod seam;
mod shape;
mod shape_distance;
mod span;
mod sphere;
mod surface;
mod surroundings;
mod to_edge;
mod to_edge_geodesic;
mod to_shape;
mod to_shape_geodesic;
mod trigonometry;
#[cfg(test)]
pub(crate) mod twin;
mod validate;
mod winding;
mod wkb_walk;

pub use edges::{Edges, great_circles};
pub use error::{EdgePair, GeometryError, RingName};
pub use formats::{from_geojson, from_geojson_value, from_wkb, from_wkt, to_geojson, to_geojson_value, to_wkb, to_wkt};
pub use geo_box::GeoBox;
pub use geodesic::{GEODESIC_SHARE, geodesic_distance};
pub use measure::{area, length};
pub(crate) use members::{Member, each_member};
pub use place::LonLat;
pub use region::{Region, Relation};
pub use regions::Regions;
pub use shape::PreparedShape;
pub use sphere::{DistanceFrom, EARTH_RADIUS, chord_to_metres, distance, metres_to_chord, unit_vector};
pub use surface::Globe;
pub use surroundings::Surroundings;
pub use to_edge::{Nearest, TOLERANCE, ToEdges};
pub use to_shape::distance_to_shape;
pub use to_shape_geodesic::geodesic_to_shape;
pub use validate::validate;
