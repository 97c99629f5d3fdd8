//! A shape to compare many others with.

use std::{fmt, sync::Arc};

use geo::{Coord, Geometry, GeometryCollection, Line, MultiPolygon, Rect};

use super::{
    Edges, GeoBox, GeometryError, LonLat, Region, Surroundings,
    edge_tree::{EdgeTree, SortedEdges},
    great_circles,
    outline::Outline,
    validate,
    validate::kind_name,
};

/// A validated shape that others are compared with, prepared once: does it intersect them, cover them, or do they cover it?
///
/// Every place of a line, of an area and of its boundary, also that of a hole, belongs to a shape, so shapes that touch intersect, and a shape
/// covers whatever lies on its boundary. Longitudes 180 and -180 are one meridian, and all longitudes meet at a pole. There is no
/// tolerance: a place is on an edge when its coordinates say so, to the last bit.
///
/// Edges are straight in longitude and latitude, as GeoJSON means them, or great circles: see [`Edges`], which is about this shape. The
/// shapes it is compared with are taken as they are.
///
/// ```
/// use protobase::geometry::{PreparedShape, from_wkt};
///
/// let lake = PreparedShape::new(from_wkt("POLYGON((0 0, 4 0, 4 4, 0 4, 0 0))")?)?;
/// let (inlet, bridge) = (from_wkt("LINESTRING(-1 4, 0 4)")?, from_wkt("LINESTRING(1 1, 3 4)")?);
/// assert!(lake.intersects(&inlet) && !lake.covers(&inlet));
/// assert!(lake.covers(&bridge) && !lake.is_covered_by(&bridge));
/// # Ok::<(), protobase::geometry::GeometryError>(())
/// ```
#[derive(Clone, Debug)]
pub struct PreparedShape {
    shape: Geometry<f64>,
    edges: Edges,
    outline: Outline,
    form: Form,
    disc: Option<Surroundings>,
    sorted: SortedEdges,
}

/// What a shape is, where that is worth knowing.
#[derive(Clone, Debug)]
enum Form {
    Place(LonLat),
    Box(GeoBox),
    Area(Region),
    Other,
}

impl PreparedShape {
    /// A shape whose edges are straight in longitude and latitude.
    ///
    /// # Errors
    /// When the shape has no coordinates or some that are not on the globe, or an area is none that [`Region::new`] takes.
    pub fn new(shape: impl Into<Geometry<f64>>) -> Result<Self, GeometryError> {
        Self::with_edges(shape, Edges::Straight)
    }

    /// A shape whose edges are what is said of them.
    ///
    /// # Errors
    /// As [`PreparedShape::new`]; for great circles also those of [`great_circles`](super::great_circles).
    pub fn with_edges(shape: impl Into<Geometry<f64>>, edges: Edges) -> Result<Self, GeometryError> {
        let shape = shape.into();
        validate(&shape)?;
        let shape = match edges {
            Edges::Straight => shape,
            Edges::GreatCircle { tolerance } => great_circles(&shape, tolerance)?,
        };
        let form = Form::of(&shape)?;
        let outline = Outline::prepared(&shape).ok_or(GeometryError::Empty { what: kind_name(&shape) })?;
        Ok(Self::made(shape, edges, outline, form))
    }

    /// Of what is known to be on the globe.
    fn of_form(form: Form) -> Self {
        let shape = match &form {
            Form::Place(place) => (*place).into(),
            Form::Box(area) => box_shape(area),
            Form::Area(region) => region.shape().clone().into(),
            Form::Other => Geometry::GeometryCollection(GeometryCollection(Vec::new())),
        };
        let outline = Outline::prepared(&shape).unwrap_or_default();
        Self::made(shape, Edges::Straight, outline, form)
    }

    fn made(shape: Geometry<f64>, edges: Edges, outline: Outline, form: Form) -> Self {
        let disc = Surroundings::of(&shape);
        Self { shape, edges, outline: outline.round_the_globe(), form, disc, sorted: SortedEdges::default() }
    }

    pub(super) const fn outline(&self) -> &Outline {
        &self.outline
    }

    /// Its edges, found by where they are.
    pub(super) fn edge_tree(&self) -> &EdgeTree {
        self.sorted.of(&self.shape)
    }

    /// The shape; where its edges are great circles, with these cut into pieces.
    #[must_use]
    pub const fn shape(&self) -> &Geometry<f64> {
        &self.shape
    }

    /// What its edges are.
    #[must_use]
    pub const fn edges(&self) -> Edges {
        self.edges
    }

    /// The place, when it was made of one.
    #[must_use]
    pub const fn as_place(&self) -> Option<LonLat> {
        if let Form::Place(place) = self.form { Some(place) } else { None }
    }

    /// The box between meridians and parallels, when it was made of one.
    #[must_use]
    pub const fn as_box(&self) -> Option<&GeoBox> {
        if let Form::Box(area) = &self.form { Some(area) } else { None }
    }

    /// The area, when it is a polygon or multipolygon.
    #[must_use]
    pub const fn as_region(&self) -> Option<&Region> {
        if let Form::Area(region) = &self.form { Some(region) } else { None }
    }

    /// A disc on the globe that holds all of it.
    #[must_use]
    pub const fn surroundings(&self) -> Option<Surroundings> {
        self.disc
    }

    /// Whether a place is on a line of the shape, inside an area, or on its boundary.
    #[must_use]
    pub fn covers_place(&self, place: LonLat) -> bool {
        match &self.form {
            Form::Box(area) => area.contains(place),
            Form::Area(region) => region.contains(place),
            Form::Place(_) | Form::Other => self.outline.contains(Coord { x: place.lon, y: place.lat }),
        }
    }

    /// Whether the shape is nothing but a place.
    #[must_use]
    pub fn is_at(&self, place: LonLat) -> bool {
        self.is_covered_by(&place.into())
    }

    /// Whether the shape has a place in common with another. False for a shape without coordinates, or with any that are not on the globe.
    #[must_use]
    pub fn intersects(&self, other: &Geometry<f64>) -> bool {
        Outline::of(other).is_some_and(|other| self.outline.intersects(&other))
    }

    /// Whether every place of another shape is one of this shape. False for a shape without coordinates, or with any that are not on the globe.
    #[must_use]
    pub fn covers(&self, other: &Geometry<f64>) -> bool {
        Outline::of(other).is_some_and(|other| self.outline.covers(&other))
    }

    /// Whether every place of this shape is one of another. False for a shape with coordinates that are not on the globe.
    #[must_use]
    pub fn is_covered_by(&self, other: &Geometry<f64>) -> bool {
        Outline::prepared(other).is_some_and(|other| other.round_the_globe().covers(&self.outline))
    }
}

impl Form {
    fn of(shape: &Geometry<f64>) -> Result<Self, GeometryError> {
        Ok(match shape {
            Geometry::Point(point) => Self::Place((*point).try_into()?),
            Geometry::Polygon(_) | Geometry::MultiPolygon(_) | Geometry::Rect(_) | Geometry::Triangle(_) => {
                Self::Area(Region::from_geometry(shape)?)
            }
            Geometry::GeometryCollection(members) => {
                // What is wrong with a member's area is wrong with the collection.
                members.0.iter().try_for_each(|member| Self::of(member).map(drop))?;
                Self::Other
            }
            _ => Self::Other,
        })
    }
}

impl From<LonLat> for PreparedShape {
    fn from(place: LonLat) -> Self {
        Self::of_form(Form::Place(place))
    }
}

impl From<GeoBox> for PreparedShape {
    fn from(area: GeoBox) -> Self {
        Self::of_form(Form::Box(area))
    }
}

impl From<Region> for PreparedShape {
    fn from(region: Region) -> Self {
        Self::of_form(Form::Area(region))
    }
}

/// So that a condition takes a place, a box or a region for a shape.
macro_rules! shared {
    ($($from:ty),*) => {$(
        impl From<$from> for Arc<PreparedShape> {
            fn from(shape: $from) -> Self {
                Self::new(shape.into())
            }
        }
    )*};
}

shared!(LonLat, GeoBox, Region);

/// A box as a shape: two where it crosses the antimeridian, a line or a place where it has no width or height.
fn box_shape(area: &GeoBox) -> Geometry<f64> {
    let GeoBox { west, south, east, north } = *area;
    let corners = |west: f64, east: f64| (Coord { x: west, y: south }, Coord { x: east, y: north });
    if !area.crosses_antimeridian() {
        let (low, high) = corners(west, east);
        return match west < east && south < north {
            true => Rect::new(low, high).to_polygon().into(),
            false => Line::new(low, high).into(),
        };
    }
    // Either side may be no more than the antimeridian itself, which the other side has, too.
    let sides: Vec<_> = [(west, 180.0), (-180.0, east)].into_iter().filter(|(west, east)| west < east).collect();
    if sides.is_empty() || south == north {
        let line = |(west, east)| {
            let (low, high) = corners(west, east);
            Geometry::from(Line::new(low, high))
        };
        let all = if sides.is_empty() { vec![(west, 180.0)] } else { sides };
        return Geometry::GeometryCollection(GeometryCollection(all.into_iter().map(line).collect()));
    }
    let side = |(west, east)| {
        let (low, high) = corners(west, east);
        Rect::new(low, high).to_polygon()
    };
    MultiPolygon(sides.into_iter().map(side).collect()).into()
}

/// Of the same shape with the same edges.
impl PartialEq for PreparedShape {
    fn eq(&self, other: &Self) -> bool {
        self.edges == other.edges && self.shape == other.shape
    }
}

/// What it is, and where: for explain.
impl fmt::Display for PreparedShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.form {
            Form::Place(place) => write!(f, "POINT {place}"),
            Form::Box(area) => write!(f, "BOX ({} {}, {} {})", area.west, area.south, area.east, area.north),
            Form::Area(region) => write!(f, "REGION ({} polygons)", region.shape().0.len()),
            Form::Other => write!(f, "SHAPE ({})", kind_name(&self.shape)),
        }
    }
}
