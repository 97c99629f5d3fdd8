//! How do several statements become one transaction?

use crate::database::{Database, Transaction};

use super::{
    Answer, Parameters, SqlError,
    answer::Done,
    command::Command,
    script::{Piece, pieces},
};

/// Statements one after the other. Each is a transaction of its own, tried again when another was faster; between BEGIN and COMMIT all are
/// one transaction, which sees its own writes, and which ends with an error at COMMIT when another was faster.
///
/// As in PostgreSQL, a statement that fails inside a transaction aborts it: whatever comes is refused until ROLLBACK, and COMMIT, which then
/// commits nothing, is an error, too. A session that is dropped rolls back. CREATE, ALTER and DROP are transactions of their own and not taken
/// inside of one.
///
/// ```
/// use protobase::{Database, Parameters, sql::Session};
///
/// let database = Database::in_memory();
/// let mut session = Session::new(&database);
/// session.execute_script(
///     "CREATE SET accounts (UNIQUE (owner));
///      INSERT INTO accounts (owner, money) VALUES ('Nino', 10), ('Ole', 0);
///      BEGIN ISOLATION LEVEL SERIALIZABLE;
///      UPDATE accounts SET money = money - 3 WHERE owner = 'Nino';
///      UPDATE accounts SET money = money + 3 WHERE owner = 'Ole';
///      COMMIT",
///     &Parameters::new(),
/// )?;
/// let answer = session.execute("SELECT money FROM accounts WHERE owner = $owner", &Parameters::new().with("owner", "Ole"))?;
/// assert_eq!(answer.first(), Some(&3.into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Session<'db> {
    database: &'db Database,
    state: State,
}

enum State {
    /// Each statement commits by itself.
    Idle,
    /// Between BEGIN and COMMIT.
    Open(Box<Transaction>),
    /// After an error between them.
    Aborted,
}

impl<'db> Session<'db> {
    /// A session outside of any transaction.
    #[must_use]
    pub const fn new(database: &'db Database) -> Self {
        Self { database, state: State::Idle }
    }

    /// Whether a BEGIN waits for its COMMIT or ROLLBACK.
    #[must_use]
    pub const fn in_transaction(&self) -> bool {
        !matches!(self.state, State::Idle)
    }

    /// Whether the transaction has failed, so that only ROLLBACK is left.
    #[must_use]
    pub const fn is_aborted(&self) -> bool {
        matches!(self.state, State::Aborted)
    }

    /// Runs one statement.
    pub fn execute(&mut self, text: &str, parameters: &Parameters) -> Result<Answer, SqlError> {
        let outcome = Command::parse(text).and_then(|command| self.run(command, parameters));
        if outcome.is_err() && matches!(self.state, State::Open(_)) {
            self.state = State::Aborted;
        }
        outcome
    }

    /// Runs statements that are separated by semicolons, and returns all their answers. Ends at the first that fails ([`SqlError::InScript`]):
    /// what was committed before stays, and a transaction that was begun is left aborted.
    pub fn execute_script(&mut self, text: &str, parameters: &Parameters) -> Result<Vec<Answer>, SqlError> {
        let mut answers = Vec::new();
        for (number, Piece { text, line, .. }) in (1..).zip(pieces(text)) {
            let answer = self.execute(text, parameters);
            answers.push(answer.map_err(|error| SqlError::InScript { number, line, source: Box::new(error) })?);
        }
        Ok(answers)
    }

    fn run(&mut self, command: Command, parameters: &Parameters) -> Result<Answer, SqlError> {
        match (command, &mut self.state) {
            (Command::Commit, _) => self.commit(),
            (Command::Rollback, State::Idle) => Err(none_is_open("ROLLBACK")),
            (Command::Rollback, _) => {
                self.state = State::Idle;
                Ok(Answer::done(Done::RolledBack))
            }
            (_, State::Aborted) => Err(SqlError::Aborted),
            (Command::Begin(isolation), State::Idle) => {
                self.state = State::Open(Box::new(self.database.begin_with(isolation)?));
                Ok(Answer::done(Done::Began))
            }
            (Command::Begin(_), State::Open(_)) => {
                Err(SqlError::unsupported("BEGIN inside a transaction", "COMMIT or ROLLBACK first"))
            }
            (Command::Define(definition), State::Open(_)) => Err(SqlError::unsupported(
                format!("{} inside a transaction", definition.verb()),
                "it commits by itself: COMMIT or ROLLBACK first",
            )),
            (Command::Select(statement), State::Open(transaction)) => statement.answer_within(transaction, parameters),
            (Command::Write(write), State::Open(transaction)) => write.run(transaction, parameters),
            (command, State::Idle) => alone(self.database, &command, parameters),
        }
    }

    fn commit(&mut self) -> Result<Answer, SqlError> {
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Idle => Err(none_is_open("COMMIT")),
            State::Aborted => Err(SqlError::Aborted),
            State::Open(transaction) => Ok(Answer::done(Done::Committed(transaction.commit()?))),
        }
    }
}

fn none_is_open(verb: &str) -> SqlError {
    SqlError::unsupported(format!("{verb} outside of a transaction"), "BEGIN starts one")
}

/// Runs one statement as a transaction of its own.
pub(super) fn alone(database: &Database, command: &Command, parameters: &Parameters) -> Result<Answer, SqlError> {
    match command {
        Command::Select(statement) => statement.answer(&database.snapshot(), parameters),
        Command::Write(write) => Ok(database.write(|transaction| Ok(write.run(transaction, parameters)?))?),
        Command::Define(definition) => definition.run(database),
        Command::Begin(_) | Command::Commit | Command::Rollback => Err(SqlError::unsupported(
            "BEGIN, COMMIT or ROLLBACK of a statement on its own",
            "run it in a sql::Session, which keeps the transaction open",
        )),
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Idle => "Idle",
            Self::Open(_) => "Open",
            Self::Aborted => "Aborted",
        })
    }
}
