//! Hits that go on as long as somebody asks for the next one.

use std::sync::Arc;

use super::{Cursor, Hit, HitsIter, Query, QueryError, body::Body};

/// The hits of a question in their order, one after the other, until there are no more: made by [`Query::walk`].
pub struct Walk<'a> {
    /// The question over one snapshot.
    query: Query<'a>,
    /// What has been found and not yet given out.
    ready: Option<HitsIter>,
    /// Where the next page begins; `None` after the last.
    next: Option<Cursor>,
    /// How many hits the next page has.
    size: usize,
}

/// No page is larger.
const LARGEST: usize = 4_096;

impl<'a> Query<'a> {
    /// Goes from hit to hit, nearest first or in the order of [`Query::order_by`], on and on: the `k` of the nearest search, or the limit of the
    /// order, only says how many to look for at first. All hits come from the snapshot that the set has now, none comes twice and
    /// none is left out, whatever is written meanwhile.
    ///
    /// Each hit costs about as much as one of a page ([`Query::after`]); pages grow, so whoever goes far looks for many at once.
    ///
    /// ```
    /// use protobase::{Object, Query, geometry::LonLat};
    ///
    /// let towns: Vec<Object> = (0..90).map(|lat| Object::new().with("place", geo::Point::new(0.0, f64::from(lat)))).collect();
    /// let here = LonLat::new(0.0, 44.9)?;
    /// let mut walk = Query::over(&towns).nearest_place("place", here, 10).walk()?;
    /// let far = walk.find(|hit| hit.as_ref().is_ok_and(|hit| hit.distance > Some(4_000_000.0)));
    /// assert_eq!(far.transpose()?.map(|hit| hit.offset.0), Some(81));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn walk(&self) -> Result<Walk<'a>, QueryError> {
        let mut query = self.clone();
        if let Body::Source(source) = &self.body
            && let Some(view) = source.view()?
        {
            query.body = Body::Source(Arc::new(view));
        }
        if query.order(&query.inputs()?)?.is_none() {
            let expected = "a nearest search or order_by, and neither groups nor diverse hits of it";
            return Err(QueryError::value("*", "a walk in no order", expected));
        }
        let stage = query.stage();
        let next = Some(stage.after.take().unwrap_or_else(Cursor::start));
        let asked = match (&stage.nearest, stage.order.is_empty()) {
            (Some((_, k)), true) => stage.limit.map_or(*k, |limit| usize::try_from(limit).unwrap_or(*k).min(*k)),
            _ => stage.limit.map_or(1, |limit| usize::try_from(limit).unwrap_or(LARGEST)),
        };
        Ok(Walk { query, ready: None, next, size: asked.clamp(1, LARGEST) })
    }
}

impl Walk<'_> {
    /// Looks for the next hits.
    fn page(&mut self, after: Cursor) -> Result<(), QueryError> {
        let mut query = self.query.clone();
        let stage = query.stage();
        match (&mut stage.nearest, stage.order.is_empty()) {
            (Some((_, k)), true) => {
                let left_out = usize::try_from(stage.offset).unwrap_or(usize::MAX);
                (*k, stage.limit) = (self.size.saturating_add(left_out), None);
            }
            _ => stage.limit = Some(self.size as u64),
        }
        stage.after = Some(after);
        let hits = query.run()?;
        // What is left out at the beginning is left out once.
        self.query.stage().offset = 0;
        self.next = hits.cursor()?;
        self.size = (self.size * 2).min(LARGEST);
        self.ready = Some(hits.into_iter());
        Ok(())
    }
}

impl Iterator for Walk<'_> {
    type Item = Result<Hit, QueryError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(hit) = self.ready.as_mut().and_then(Iterator::next) {
                return Some(Ok(hit));
            }
            let after = self.next.take()?;
            if let Err(error) = self.page(after) {
                return Some(Err(error));
            }
        }
    }
}
