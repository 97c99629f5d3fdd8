//! Our vector index through the database: a set with an index of each field that is asked, queries planned anew, hits returned.

use protobase::{Database, IndexableSet, Object, Offset, Options, SetSchema, expr::Expr, field, index::SearchEffort};

use crate::{
    asked::{Condition, Data, Filter, drawn},
    contender::{Contender, K, Outcome},
};

/// A database in files, as users have one.
pub struct InDatabase {
    // The set lives in it, and it in the folder: dropped in this order.
    _database: Database,
    _folder: tempfile::TempDir,
    set: IndexableSet<Object>,
    offsets: Vec<Offset>,
    queries: Vec<Vec<f32>>,
    filters: Option<Vec<Expr>>,
    effort: SearchEffort,
}

impl InDatabase {
    pub fn build(data: &Data) -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let database = Database::open(folder.path())?;
        let vectors = Options::new().with("dimension", data.base.ncols()).with("metric", data.metric);
        let schema = SetSchema::new("vectors").index_with("v", "vector", vectors);
        let set: IndexableSet<Object> = database.declare(schema.index("drawn", "ordered").index("label", "hash"))?;
        let object = |line: usize| {
            let object = Object::new().with("v", data.base.row(line).to_vec()).with("drawn", drawn(line as u32));
            match &data.labels {
                Some((labels, _)) => object.with("label", labels[[line, 0]] as i64),
                None => object,
            }
        };
        let objects: Vec<Object> = (0..data.base.nrows()).map(object).collect();
        let offsets = set.insert_many(&objects)?;
        drop(objects);
        database.compact()?;
        let queries = data.queries.rows().into_iter().map(|query| query.to_vec()).collect();
        Ok(Self {
            _database: database,
            _folder: folder,
            set,
            offsets,
            queries,
            filters: None,
            effort: SearchEffort::Default,
        })
    }
}

impl Contender for InDatabase {
    fn effort(&mut self) -> Option<&mut SearchEffort> {
        Some(&mut self.effort)
    }

    fn filter(&mut self, filter: Option<&Filter>) -> bool {
        self.filters = filter.map(|filter| match &filter.condition {
            Condition::Share(share) => vec![field("drawn").lt(*share); self.queries.len()],
            Condition::Label(labels) => labels.iter().map(|label| field("label").eq(*label as i64)).collect(),
        });
        true
    }

    fn search(&mut self, query: usize) -> Outcome<Vec<u64>> {
        let mut asked = self.set.query().nearest("v", &self.queries[query], K).effort(self.effort);
        if let Some(filters) = &self.filters {
            asked = asked.filter(filters[query].clone());
        }
        Ok(asked.run()?.iter().map(|hit| hit.offset.0).collect())
    }

    fn line(&self, called: u64) -> u32 {
        self.offsets.partition_point(|offset| offset.0 < called) as u32
    }
}
