//! The language of workloads: a word of letters, one a step.

use std::fmt;

use protobase::storage::simulate::Random;

/// One step of a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A transaction that inserts a thing.
    Insert,
    /// A transaction that updates one.
    Update,
    /// A transaction that removes one, with its parts.
    Remove,
    /// A transaction that adds parts to one.
    Nest,
    /// A transaction that does all of this.
    Mixed,
    /// The same, given up.
    Abort,
    /// Two transactions that conflict: the second is refused.
    Conflict,
    /// A transaction by another handle on the same directory.
    Other,
    /// Indexes are declared.
    Declare,
    /// A bulk load.
    Load,
    /// What is in memory becomes segments.
    Flush,
    /// Everything becomes one segment; a checkpoint, trimming and sweeping follow.
    Compact,
    /// Missing index parts are built and published.
    Build,
    /// A checkpoint; the log before it is trimmed, garbage swept.
    Checkpoint,
    /// All handles are closed and the directory is opened again.
    Reopen,
}

use Step::{
    Abort, Build, Checkpoint, Compact, Conflict, Declare, Flush, Insert, Load, Mixed, Nest, Other, Remove, Reopen,
    Update,
};

/// The letters of the words that are gone through exhaustively.
pub const EXHAUSTIVE: [Step; 6] = [Insert, Update, Remove, Nest, Flush, Compact];

/// All steps with their letters, and how often random workloads take them.
const STEPS: [(Step, char, u64); 15] = [
    (Insert, 'I', 20),
    (Update, 'U', 20),
    (Remove, 'R', 10),
    (Nest, 'N', 10),
    (Mixed, 'M', 15),
    (Abort, 'A', 6),
    (Conflict, 'X', 4),
    (Other, 'O', 8),
    (Declare, 'D', 1),
    (Load, 'L', 1),
    (Flush, 'F', 4),
    (Compact, 'C', 2),
    (Build, 'B', 1),
    (Checkpoint, 'K', 3),
    (Reopen, 'P', 2),
];

impl Step {
    /// All steps.
    #[cfg(test)]
    pub const ALL: [Self; 15] = [
        Insert, Update, Remove, Nest, Mixed, Abort, Conflict, Other, Declare, Load, Flush, Compact, Build, Checkpoint,
        Reopen,
    ];

    /// Whether it is a transaction.
    pub fn is_transaction(self) -> bool {
        !matches!(self, Flush | Compact | Build | Checkpoint | Reopen)
    }

    /// Any step.
    pub fn random(random: &mut Random) -> Self {
        let mut left = random.below(STEPS.iter().map(|(_, _, weight)| weight).sum());
        for (step, _, weight) in STEPS {
            if left < weight {
                return step;
            }
            left -= weight;
        }
        Insert
    }
}

/// A workload.
#[derive(Clone, Debug, Default)]
pub struct Word(pub Vec<Step>);

impl Word {
    /// A workload of so many random transactions and what comes between them.
    pub fn random(transactions: u64, random: &mut Random) -> Self {
        let mut word = Self::default();
        let mut left = transactions;
        while left > 0 {
            let step = Step::random(random);
            // One bulk load is enough to have seen it, and slows down all that follows.
            if step == Load && (transactions > 20 || word.0.contains(&Load)) {
                continue;
            }
            left -= u64::from(step.is_transaction());
            word.0.push(step);
        }
        word
    }

    /// The word of this number among all words of this length over the exhaustive letters.
    pub fn numbered(number: u64, length: u32) -> Self {
        let letters = EXHAUSTIVE.len() as u64;
        let letter = |place| EXHAUSTIVE[(number / letters.pow(place) % letters) as usize];
        Self((0..length).rev().map(letter).collect())
    }

    /// Whether another word over the exhaustive letters does the same: a change where there is nothing inserts, as that letter would; a
    /// flush after which nothing was committed does nothing.
    pub fn is_another(&self) -> bool {
        let (mut things, mut loose) = (0, false);
        for step in &self.0 {
            if things == 0 && matches!(step, Update | Remove | Nest) || *step == Flush && !loose {
                return true;
            }
            things = if *step == Insert { things + 1 } else { things - u64::from(*step == Remove) };
            loose = step.is_transaction();
        }
        false
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.0 {
            let letter = STEPS.iter().find(|(known, _, _)| known == step).map_or('?', |(_, letter, _)| *letter);
            write!(f, "{letter}")?;
        }
        Ok(())
    }
}
