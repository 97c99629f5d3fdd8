//! DELETE: the end of the objects that a condition finds.

use sqlparser::ast::{Delete as Ast, FromTable, SelectItem};

use crate::database::Transaction;

use super::{
    Answer, Parameters, SqlError,
    answer::Done,
    returning::Returned,
    statement::Statement,
    target::{Target, found},
    tree::Tree,
};

/// One DELETE, as written.
#[derive(Debug)]
pub(super) struct Remove {
    target: Target,
    finding: Statement,
    returning: Option<Vec<SelectItem>>,
}

impl Remove {
    /// Takes the parsed statement apart.
    pub fn new(statement: Ast) -> Result<Self, SqlError> {
        let Ast {
            delete_token: _,
            optimizer_hints: _,
            tables,
            from,
            on_cluster,
            using,
            selection,
            returning,
            output,
            order_by,
            limit,
            settings,
        } = statement;
        // First of all: even to be dropped, a long chain must be flat.
        let condition = selection.map(Tree::of);
        let refused = [
            ("a list of sets", !tables.is_empty()),
            ("USING", using.is_some()),
            ("OUTPUT", output.is_some()),
            ("ORDER BY", !order_by.is_empty()),
            ("LIMIT", limit.is_some()),
            ("ON CLUSTER or SETTINGS", on_cluster.is_some() || settings.is_some()),
        ];
        let instead = "write DELETE FROM set [WHERE ..] [RETURNING ..]";
        if let Some((clause, _)) = refused.iter().find(|(_, present)| *present) {
            return Err(SqlError::unsupported(format!("{clause} in DELETE"), instead));
        }
        let (FromTable::WithFromKeyword(mut tables) | FromTable::WithoutKeyword(mut tables)) = from;
        let (Some(table), true) = (tables.pop(), tables.is_empty()) else {
            return Err(SqlError::unsupported("DELETE from several sets", instead));
        };
        let target = Target::of_table("DELETE", table)?;
        let finding = target.finding(condition)?;
        Ok(Self { target, finding, returning })
    }

    /// Stages the ends.
    pub fn run(&self, transaction: &mut Transaction, parameters: &Parameters) -> Result<Answer, SqlError> {
        let set = self.target.within(transaction)?;
        let mut returned = Returned::new(self.returning.as_deref(), self.target.scope(parameters))?;
        let offsets = found(&self.finding, transaction, parameters)?;
        for offset in &offsets {
            if returned.is_wanted()
                && let Some(stored) = transaction.view(&set)?.unnoted().get(*offset)?
            {
                returned.add(&stored);
            }
            transaction.remove(&set, *offset)?;
        }
        let count = offsets.len() as u64;
        Ok(returned.answer(offsets, Done::Deleted(count)))
    }
}
