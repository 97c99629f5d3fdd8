//! A geometry seen where it is.

use std::borrow::Cow;

use crate::geometry::{GeometryError, LonLat, from_wkb, to_wkb};

/// A geometry, as WKB bytes or as an owned value.
#[derive(Clone, Copy, Debug)]
pub enum GeometryRef<'a> {
    /// Well-known binary, little-endian.
    Wkb(&'a [u8]),
    /// An owned geometry.
    Owned(&'a geo::Geometry<f64>),
}

/// A point in well-known binary: byte order 1, type 1, x, y.
const POINT_HEAD: [u8; 5] = [1, 1, 0, 0, 0];
const POINT_LENGTH: usize = 21;

impl<'a> GeometryRef<'a> {
    /// The place, when this is a valid point. Reads in place.
    #[must_use]
    #[inline]
    pub fn point(self) -> Option<LonLat> {
        let (lon, lat) = self.coordinates()?;
        LonLat::new(lon, lat).ok()
    }

    /// Longitude and latitude of a point, unchecked.
    #[inline]
    fn coordinates(self) -> Option<(f64, f64)> {
        match self {
            Self::Owned(geo::Geometry::Point(point)) => Some((point.x(), point.y())),
            Self::Owned(_) => None,
            Self::Wkb(bytes) => {
                let bytes: &[u8; POINT_LENGTH] = bytes.try_into().ok()?;
                let (x, y) = bytes.strip_prefix(&POINT_HEAD)?.split_first_chunk::<8>()?;
                Some((f64::from_le_bytes(*x), f64::from_le_bytes(y.try_into().ok()?)))
            }
        }
    }

    /// The geometry, decoded when it is bytes.
    ///
    /// # Errors
    /// When the bytes are no valid shape; [`super::check`] lets none such in.
    pub fn to_geometry(self) -> Result<Cow<'a, geo::Geometry<f64>>, GeometryError> {
        match self {
            Self::Owned(geometry) => Ok(Cow::Borrowed(geometry)),
            Self::Wkb(bytes) => match self.coordinates() {
                Some((lon, lat)) => Ok(Cow::Owned(geo::Point::new(lon, lat).into())),
                None => from_wkb(bytes).map(Cow::Owned),
            },
        }
    }

    /// The one binary form in which equal geometries have equal bytes: -0.0 is written as 0.0. Bytes that are no geometry
    /// stay as they are.
    pub(super) fn canonical(self) -> Cow<'a, [u8]> {
        if let Some((lon, lat)) = self.coordinates() {
            return Cow::Owned(point_wkb(lon, lat).to_vec());
        }
        match (self, self.to_geometry()) {
            (_, Ok(geometry)) => Cow::Owned(geometry_wkb(&geometry)),
            (Self::Wkb(bytes), Err(_)) => Cow::Borrowed(bytes),
            (Self::Owned(_), Err(_)) => Cow::Borrowed(&[]),
        }
    }
}

/// A geometry as stored bytes, -0.0 written as 0.0.
pub(super) fn geometry_wkb(geometry: &geo::Geometry<f64>) -> Vec<u8> {
    if let geo::Geometry::Point(point) = geometry {
        return point_wkb(point.x(), point.y()).to_vec();
    }
    to_wkb(&geo::MapCoords::map_coords(geometry, |at| geo::Coord { x: at.x + 0.0, y: at.y + 0.0 }))
}

fn point_wkb(lon: f64, lat: f64) -> [u8; POINT_LENGTH] {
    let mut bytes = [0; POINT_LENGTH];
    bytes[..5].copy_from_slice(&POINT_HEAD);
    // Adding 0.0 turns -0.0 into 0.0 and changes nothing else.
    bytes[5..13].copy_from_slice(&(lon + 0.0).to_le_bytes());
    bytes[13..].copy_from_slice(&(lat + 0.0).to_le_bytes());
    bytes
}
