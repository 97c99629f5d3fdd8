//! Asking for what is near.

use std::sync::Arc;

use crate::{
    expr::{Target, Targets},
    geometry::{Globe, LonLat, PreparedShape},
    metric::Metric,
    object::{FieldPath, VectorBuf},
};

use super::{
    Cursor, Diversity, Grouping, Query,
    stage::{Stage, Wanted},
};

impl Query<'_> {
    /// The `k` objects whose vector is nearest, by the metric that the field's index was declared with; by Euclidean distance,
    /// or the number of differing bits, when it was declared with none. The vector may be a slice of f32 or a vector of any element type.
    /// Objects without the field are no hits.
    #[must_use]
    pub fn nearest(self, path: impl Into<FieldPath>, vector: impl Into<VectorBuf>, k: usize) -> Self {
        self.nearest_wanted(Wanted::Vector { path: path.into(), vector: vector.into() }, k)
    }

    /// [`Query::nearest`] by a metric of the caller's choice. An index that was declared with another is not used.
    #[must_use]
    pub fn nearest_by(
        self,
        path: impl Into<FieldPath>,
        vector: impl Into<VectorBuf>,
        metric: Metric,
        k: usize,
    ) -> Self {
        self.nearest_to(Target::Vector { path: path.into(), vector: vector.into(), metric }, k)
    }

    /// The `k` objects whose point, line or area is nearest to a place, in metres on the sphere; inside and on a boundary it is none.
    #[must_use]
    pub fn nearest_place(self, path: impl Into<FieldPath>, place: LonLat, k: usize) -> Self {
        self.nearest_to(Target::Place { path: path.into(), place }, k)
    }

    /// [`Query::nearest_place`] with distances on the WGS84 ellipsoid, by the shortest way there. Those on the sphere are up to 0.56 % longer,
    /// or 0.45 % shorter, so the order of places that are nearly as far may be another. It takes ten to twenty times as long.
    #[must_use]
    pub fn nearest_geodesic(self, path: impl Into<FieldPath>, place: LonLat, k: usize) -> Self {
        self.nearest_to(Target::Geodesic { path: path.into(), place }, k)
    }

    /// The `k` objects whose point, line or area is nearest to a shape, in metres on the sphere or on the WGS84 ellipsoid; where they have a place in
    /// common it is none.
    #[must_use]
    pub fn nearest_shape(
        self,
        path: impl Into<FieldPath>,
        shape: impl Into<Arc<PreparedShape>>,
        globe: Globe,
        k: usize,
    ) -> Self {
        self.nearest_to(Target::shape(path, shape, globe), k)
    }

    /// The `k` objects whose numbers are nearest to the centre, one field a dimension, by Euclidean distance.
    #[must_use]
    pub fn nearest_coordinates<P: Into<FieldPath>>(
        self,
        paths: impl IntoIterator<Item = P>,
        center: &[f64],
        k: usize,
    ) -> Self {
        let paths = paths.into_iter().map(Into::into).collect();
        self.nearest_to(Target::Coordinates { paths, center: center.into() }, k)
    }

    /// The `k` objects nearest to a target.
    #[must_use]
    pub fn nearest_to(self, target: Target, k: usize) -> Self {
        self.nearest_wanted(Wanted::Target(target), k)
    }

    fn nearest_wanted(mut self, wanted: Wanted, k: usize) -> Self {
        if self.stage().nearest.is_some() {
            self.stages.push(Stage::default());
        }
        self.open_stage().nearest = Some((wanted, k));
        self
    }

    /// The `k` objects that are most like some vectors, and unlike others: see [`Targets`]. Measured as in [`Query::nearest`].
    ///
    /// ```
    /// use protobase::{Object, Query, expr::Targets};
    ///
    /// let things: Vec<Object> = [[0.0, 1.0], [1.0, 0.0], [5.0, 5.0]]
    ///     .map(|v: [f32; 2]| Object::new().with("v", v.to_vec()))
    ///     .to_vec();
    /// let hits = Query::over(&things).nearest_like("v", Targets::best([[6.0, 6.0]]).unlike([[1.0, 0.0]]), 2).run()?;
    /// assert_eq!(hits.first().map(|hit| hit.offset.0), Some(2));
    /// # Ok::<(), protobase::QueryError>(())
    /// ```
    #[must_use]
    pub fn nearest_like(self, path: impl Into<FieldPath>, targets: Targets, k: usize) -> Self {
        self.nearest_wanted(Wanted::Like { path: path.into(), targets }, k)
    }

    /// Only what the nearest search finds within a distance, which is included. For everything within it, ask for the
    /// nearest `usize::MAX`.
    ///
    /// By [`SearchEffort::Exact`](crate::SearchEffort::Exact) the answer is complete. Otherwise a vector index may walk its graph on from the
    /// nearest, while what it meets is within the distance or little beyond, and miss what nothing near leads to. A filter by
    /// distance ([`Field::within_distance`](crate::expr::Field::within_distance)) is complete by any effort.
    ///
    /// ```
    /// use protobase::{Object, Query};
    ///
    /// let things: Vec<Object> = (0..9).map(|n| Object::new().with("v", vec![n as f32])).collect();
    /// let hits = Query::over(&things).nearest("v", &[4.0], usize::MAX).within(2.0).run()?;
    /// assert_eq!(hits.len(), 5);
    /// # Ok::<(), protobase::QueryError>(())
    /// ```
    #[must_use]
    pub fn within(mut self, distance: f64) -> Self {
        self.open_stage().within = Some(distance);
        self
    }

    /// Chooses near but different hits: the nearest search looks for the nearest `fetch`, and of those its `k` are chosen one by one, each
    /// time the one of the least `lambda * distance - (1 - lambda) * d`, where `d` is how far it is, by the same metric, from the
    /// nearest one that is chosen already. So 1 is by nearness alone. This is maximal marginal relevance (Carbonell and Goldstein, "The Use of
    /// MMR", 1998) with distances for similarities. Hits come in the order in which they were chosen.
    ///
    /// ```
    /// use protobase::{Object, Query};
    ///
    /// let things: Vec<Object> = [1.0, 1.1, 1.2, -3.0].map(|x: f32| Object::new().with("v", vec![x])).to_vec();
    /// let two = Query::over(&things).nearest("v", &[0.0], 2);
    /// let found = |query: Query<'_>| Ok::<_, protobase::QueryError>(query.run()?.offsets().iter().map(|o| o.0).collect::<Vec<_>>());
    /// assert_eq!(found(two.clone())?, [0, 1]);
    /// assert_eq!(found(two.diverse(4, 0.5))?, [0, 3]);
    /// # Ok::<(), protobase::QueryError>(())
    /// ```
    #[must_use]
    pub fn diverse(mut self, fetch: usize, lambda: f64) -> Self {
        self.open_stage().diverse = Some(Diversity { fetch, lambda });
        self
    }

    /// The best `per_group` of each value of a field, of the `groups` values whose best come first: by nearness, in a stage
    /// with a nearest search, else by the stage's order. There are as many groups as the matches have, however far the
    /// nearest search must look for them: its own `k` counts for nothing here. Groups come in the order of their first hit, each one's hits
    /// together; [`Query::run_grouped`] gives them apart. Objects without a value in the field are in no group; a list is one value.
    ///
    /// ```
    /// use protobase::{Object, Query};
    ///
    /// let shops: Vec<Object> = [("a", 1.0), ("a", 2.0), ("a", 3.0), ("b", 9.0)]
    ///     .map(|(chain, x): (&str, f32)| Object::new().with("chain", chain).with("v", vec![x]))
    ///     .to_vec();
    /// let hits = Query::over(&shops).nearest("v", &[0.0], 1).group_by("chain", 2, 2).run()?;
    /// assert_eq!(hits.offsets().iter().map(|o| o.0).collect::<Vec<_>>(), [0, 1, 3]);
    /// # Ok::<(), protobase::QueryError>(())
    /// ```
    #[must_use]
    pub fn group_by(mut self, path: impl Into<FieldPath>, groups: usize, per_group: usize) -> Self {
        self.open_stage().group = Some(Grouping { path: path.into(), groups, per_group });
        self
    }

    /// The page after a place in the order of the hits: of what comes after it, the `k` nearest, or what
    /// [`Query::limit`] lets through of an order. The first page is after [`Cursor::start`], the next one after [`Hits::cursor`](super::Hits::cursor) of
    /// the page before.
    ///
    /// Pages are one order in pieces, that by distance and offset or that of [`Query::order_by`], so over one [`SetView`](crate::SetView) no object
    /// comes twice, also among equal distances, none is left out, and every page is full while there is more. For that a
    /// nearest search with a cursor is exact, whatever the [`Query::effort`]: what an approximate page had
    /// missed could come on no later one. What it stands behind is a distance, whatever vector that was from: behind a page of another
    /// search it lets through what is farther than that. Over a set that changes between pages, what was there all the time comes once.
    ///
    /// ```
    /// use protobase::{Object, Query, query::Cursor};
    ///
    /// let things: Vec<Object> = (0..10).map(|n| Object::new().with("v", vec![(n / 4) as f32])).collect();
    /// let (mut cursor, mut seen) = (Cursor::start(), Vec::new());
    /// loop {
    ///     let page = Query::over(&things).nearest("v", &[0.0], 3).after(cursor).run()?;
    ///     seen.extend(page.offsets().iter().map(|offset| offset.0));
    ///     match page.cursor()? {
    ///         Some(next) => cursor = next, // may travel: next.to_string().parse::<Cursor>()
    ///         None => break,
    ///     }
    /// }
    /// assert_eq!(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    /// # Ok::<(), protobase::QueryError>(())
    /// ```
    #[must_use]
    pub fn after(mut self, cursor: Cursor) -> Self {
        self.stage().after = Some(cursor);
        self
    }
}
