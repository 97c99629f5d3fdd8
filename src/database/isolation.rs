//! What may a transaction be shown of others, and they of it?

/// How far transactions are kept apart. Under both, a transaction reads one snapshot plus its own writes, nothing that was not committed is ever
/// read, and two transactions that write the same object never both commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Isolation {
    /// What was only read may have changed by the time of the commit. Two transactions that read what the other writes can both commit
    /// (write skew).
    #[default]
    Snapshot,
    /// What was read is as it was when the transaction commits, objects that were looked for and not there included: the outcome
    /// is that of running the transactions one after the other, as long as all that write are serializable.
    ///
    /// Reads count that go through the [`Transaction`](super::Transaction): its own calls, and what is read through
    /// [`Transaction::view`](super::Transaction::view) and [`Transaction::query`](super::Transaction::query).
    Serializable,
}
