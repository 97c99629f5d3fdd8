//! A statement that is parsed once and asked with other values.

use std::sync::{Arc, Weak};

use crate::{database::Transaction, query::Source, set::Snapshot};

use super::{Answer, Parameters, Prepared, SqlError, Statement};

impl Statement {
    /// Answers over one snapshot. That the set has such fields is looked for the first time only.
    pub fn answer(&self, snapshot: &Snapshot, parameters: &Parameters) -> Result<Answer, SqlError> {
        if let Some(relation) = &self.relation {
            return relation.answer(snapshot, parameters);
        }
        let prepared = self.with(parameters)?;
        let family = prepared.family(snapshot)?;
        let declaration = snapshot.declaration(family)?;
        let known = self.known.get().is_some_and(|known| Weak::as_ptr(known) == Arc::as_ptr(declaration));
        let view = prepared.checked(snapshot, family, !known)?;
        self.known.get_or_init(|| Arc::downgrade(declaration));
        prepared.run(&view)
    }

    /// Answers over what a transaction sees, its own writes included.
    pub fn answer_within(&self, transaction: &Transaction, parameters: &Parameters) -> Result<Answer, SqlError> {
        if let Some(relation) = &self.relation {
            return relation.answer(transaction, parameters);
        }
        let prepared = self.with(parameters)?;
        prepared.run(&prepared.view_within(transaction)?)
    }

    /// The plan with its estimates, as a readable tree.
    pub fn explain(&self, snapshot: &Snapshot, parameters: &Parameters) -> Result<String, SqlError> {
        match &self.relation {
            Some(relation) => relation.explain(snapshot, parameters),
            None => self.over_its_set(snapshot, parameters, Prepared::explain),
        }
    }

    /// The plan with what each node did, as a readable tree.
    pub fn analyze(&self, snapshot: &Snapshot, parameters: &Parameters) -> Result<String, SqlError> {
        match &self.relation {
            Some(relation) => relation.analyze(snapshot, parameters),
            None => self.over_its_set(snapshot, parameters, Prepared::analyze),
        }
    }

    fn over_its_set(
        &self,
        snapshot: &Snapshot,
        parameters: &Parameters,
        plan: impl FnOnce(&Prepared, &dyn Source) -> Result<String, SqlError>,
    ) -> Result<String, SqlError> {
        let prepared = self.with(parameters)?;
        plan(&prepared, &prepared.view(snapshot)?)
    }

    /// Refuses what is wrong with the statement itself or its parameters, as far as that is known without the sets it is about.
    pub fn check(&self, parameters: &Parameters) -> Result<(), SqlError> {
        if self.relation.is_some() { Ok(()) } else { self.with(parameters).map(|_| ()) }
    }

    /// The statement with values for its parameters, to be run, explained or analyzed over any source.
    /// Refused for one over several sets or groups.
    pub fn with(&self, parameters: &Parameters) -> Result<Prepared, SqlError> {
        Prepared::of(self, parameters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        database::Database,
        object::Object,
        set::{IndexableSet, SetSchema},
    };

    #[test]
    fn a_statement_is_asked_with_other_values_and_of_other_sets() {
        let database = Database::options().background(false).in_memory();
        let numbers: IndexableSet<Object> = database.declare(SetSchema::new("numbers").index("n", "ordered")).unwrap();
        let named = |n: i64| Object::new().with("n", n).with("name", format!("number {n}"));
        numbers.insert_many(&(0..50).map(named).collect::<Vec<_>>()).unwrap();
        let statement = Statement::parse("SELECT name FROM numbers WHERE n >= $low ORDER BY n LIMIT $most").unwrap();
        for (low, most) in [(3, 2), (48, 10), (60, 1), (0, 0)] {
            let parameters = Parameters::new().with("low", low).with("most", most);
            let answer = statement.answer(&database.snapshot(), &parameters).unwrap();
            let expected: Vec<Object> =
                (low..50).take(most as usize).map(|n| Object::new().with("name", format!("number {n}"))).collect();
            assert_eq!(answer.objects, expected, "from {low}");
        }
        let missing = statement.answer(&database.snapshot(), &Parameters::new().with("low", 1)).unwrap_err();
        assert!(missing.to_string().contains("most"), "{missing}");

        // A set of the same name in another database has no such field.
        let other = Database::options().background(false).in_memory();
        let set: IndexableSet<Object> = other.declare(SetSchema::new("numbers").index("n", "ordered")).unwrap();
        set.insert(&Object::new().with("n", 1)).unwrap();
        let parameters = Parameters::new().with("low", 0).with("most", 1);
        let error = statement.answer(&other.snapshot(), &parameters).unwrap_err().to_string();
        assert!(error.contains("'name'"), "{error}");
    }
}
