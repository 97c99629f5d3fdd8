//! Asking for objects that are made of others: groups, joined objects, two answers as one.

use std::rc::Rc;

use super::{
    Aggregate, Aggregation, Combination, Query, Scalar,
    body::{Body, Combined},
};

impl<'a> Query<'a> {
    /// One object for each group of objects that have the same keys, with the keys under their names and what is computed of the group; groups come in
    /// the order of their first object. What is added after this works on these new objects: a filter is SQL's HAVING.
    ///
    /// Keys that are missing and such that are null are one group, in which the key is missing. Without keys there is one object, of all.
    ///
    /// ```
    /// use protobase::{expr::field, object::Object, query::{Aggregate, Descending, Query}};
    ///
    /// let cities: Vec<Object> = [("NO", 709_000), ("NO", 289_000), ("GE", 1_241_000), ("AD", 20_000)]
    ///     .map(|(country, people)| Object::new().with("country", country).with("people", people)).into();
    /// let countries = Query::over(&cities)
    ///     .aggregate(["country"], [("cities", Aggregate::count()), ("people", Aggregate::sum("people"))])
    ///     .filter(field("people").gt(100_000))
    ///     .order_by("people", Descending)
    ///     .run()?;
    /// assert_eq!(countries.len(), 2);
    /// let first = countries.first().unwrap().object()?;
    /// assert_eq!(first, Object::new().with("country", "GE").with("cities", 1).with("people", 1_241_000));
    /// # Ok::<(), protobase::query::QueryError>(())
    /// ```
    #[must_use]
    pub fn aggregate<K: Into<Scalar>, N: Into<String>>(
        self,
        keys: impl IntoIterator<Item = K>,
        values: impl IntoIterator<Item = (N, Aggregate)>,
    ) -> Self {
        let named = |key: K| {
            let key = key.into();
            (key.to_string(), key)
        };
        self.aggregated(Aggregation {
            keys: keys.into_iter().map(named).collect(),
            values: values.into_iter().map(|(name, value)| (name.into(), value)).collect(),
        })
    }

    /// [`Query::aggregate`] with names for the keys, too.
    #[must_use]
    pub fn aggregated(mut self, by: Aggregation) -> Self {
        self.unmade_stage().aggregation = Some(by);
        self
    }

    /// Each combination of these values once, in the order in which they come first.
    #[must_use]
    pub fn distinct<K: Into<Scalar>>(self, keys: impl IntoIterator<Item = K>) -> Self {
        self.aggregate(keys, std::iter::empty::<(String, Aggregate)>())
    }

    /// What this and another question find, combined. Objects are equal when they have the same fields, whose order does not matter, with equal
    /// values, where null is the same as missing; so both sides should select the same names.
    ///
    /// ```
    /// use protobase::{object::Object, query::{Combination, Query}};
    ///
    /// let of = |numbers: &[i64]| -> Vec<Object> { numbers.iter().map(|n| Object::new().with("n", *n)).collect() };
    /// let (some, others) = (of(&[1, 2, 2, 3]), of(&[2, 4]));
    /// let count = |by| Query::over(&some).combine(Query::over(&others), by).count();
    /// assert_eq!((count(Combination::Union)?, count(Combination::UnionAll)?), (4, 6));
    /// assert_eq!((count(Combination::Intersect)?, count(Combination::Except)?, count(Combination::ExceptAll)?), (1, 2, 3));
    /// # Ok::<(), protobase::query::QueryError>(())
    /// ```
    #[must_use]
    pub fn combine(self, other: Query<'a>, by: Combination) -> Query<'a> {
        Combined::query(self, other, by)
    }

    /// A question over what this one finds: a filter or an order that is added works on what is selected.
    ///
    /// ```
    /// use protobase::{expr::field, object::Object, query::{Item, Query}};
    ///
    /// let cities = vec![Object::new().with("name", "Oslo"), Object::new().with("name", "Rome")];
    /// let named = Query::over(&cities).select([Item::field("name").named("city")]).then();
    /// assert_eq!(named.filter(field("city").eq("Rome")).count()?, 1);
    /// # Ok::<(), protobase::query::QueryError>(())
    /// ```
    #[must_use]
    pub fn then(self) -> Query<'a> {
        Query::of(Body::Found(Rc::new(self)))
    }

    /// A name for its objects, which they have as sides of a join.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name = Some(name.into());
        self
    }
}
