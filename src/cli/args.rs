//! The command line's grammar: commands, options and the small languages inside them (`FIELD:KIND:k=v`, `NAME=VALUE`).

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

/// Protobase: objects found by meaning, by place and by attribute in one query.
#[derive(Debug, Parser)]
#[command(
    name = "protobase",
    version,
    about,
    propagate_version = true,
    after_help = "Exit codes: 0 when all is done; 1 when an operation failed, or names what the database does not have; \
        2 for wrong usage: options that do not fit, SQL that cannot be read, a parameter that is missing or malformed."
)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// One command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Builds (or reopens) a database over the shipped data and answers questions of every sort.
    #[command(
        after_help = "Example:\n  protobase demo --dir /tmp/demo\n\nThe first run builds the database; the second reopens it."
    )]
    Demo {
        /// Where the database is, or is to be built.
        #[arg(long, default_value = "target/demo", value_name = "DIR")]
        dir: PathBuf,
        /// The folder with the shipped data sets.
        #[arg(long, value_name = "DIR")]
        datasets: Option<PathBuf>,
    },
    /// Reads .jsonl, .csv and .geojson files (also .gz) into a set, in one transaction.
    #[command(
        after_help = "Example:\n  protobase import atlas.db places places.jsonl --key id --index country_code:hash \\\n      \
        --point location=lon,lat --index location:geo \\\n      --vectors embedding=places.embeddings.npy --index embedding:vector:metric=cosine"
    )]
    Import(ImportArguments),
    /// Answers one SQL query.
    #[command(
        after_help = "Example:\n  protobase query atlas.db \"SELECT name, ST_Distance(location, ST_Point(44.8, 41.7)) AS metres FROM places \
        WHERE category = 'monastery' ORDER BY embedding <=> $q LIMIT 5\" --param q=@questions.embeddings.npy[1]\n  \
        protobase query atlas.db \"SELECT name, location FROM places\" --format geojson --map places.svg"
    )]
    Query(QueryArguments),
    /// Shows sets, counts, indexes, segments and bytes.
    #[command(after_help = "Example:\n  protobase info atlas.db --json")]
    Info {
        /// The database's directory.
        db: PathBuf,
        /// As JSON instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Verifies every checksum and every index invariant; names the first fault.
    #[command(after_help = "Example:\n  protobase check atlas.db && echo sound")]
    Check {
        /// The database's directory.
        db: PathBuf,
    },
    /// Copies everything that is committed now, while others write; a second backup into the same folder copies only what is new.
    #[command(after_help = "Example:\n  protobase backup atlas.db /backups/atlas")]
    Backup {
        /// The database's directory.
        db: PathBuf,
        /// The folder of the backup; made when it does not exist.
        folder: PathBuf,
        /// Shares files with the database by hard links where the file system can: quick, but no second copy on the disk.
        #[arg(long)]
        link: bool,
    },
    /// Makes a database of a backup, verifying every byte.
    #[command(after_help = "Example:\n  protobase restore /backups/atlas atlas.db")]
    Restore {
        /// The folder of the backup.
        backup: PathBuf,
        /// The directory of the new database; empty, or not there yet.
        db: PathBuf,
    },
    /// Recovers all that is intact from a damaged database into a new one, and reports exactly what is not. The damaged one is only read.
    #[command(after_help = "Example:\n  protobase salvage damaged.db saved.db")]
    Salvage {
        /// The directory of the damaged database, which nobody uses.
        db: PathBuf,
        /// The directory of the new database; empty, or not there yet.
        saved: PathBuf,
        /// The report as JSON instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Prints what was committed, one object a line, as JSON: sequence, set, offset and what the object is now (null: removed).
    #[command(after_help = "Example:\n  protobase changes atlas.db --from 120 --follow")]
    Changes {
        /// The database's directory.
        db: PathBuf,
        /// Starts after this commit; from the oldest that the log holds, if not given.
        #[arg(long, value_name = "SEQUENCE")]
        from: Option<u64>,
        /// Goes on with what is committed from now on, by any process.
        #[arg(long)]
        follow: bool,
        /// Prints what each object was before, too.
        #[arg(long)]
        old: bool,
    },
    /// Rewrites each set into one settled segment, and reclaims what is dead.
    #[command(after_help = "Example:\n  protobase compact atlas.db")]
    Compact {
        /// The database's directory.
        db: PathBuf,
    },
}

/// The arguments of `import`.
#[derive(Debug, clap::Args)]
pub struct ImportArguments {
    /// The database's directory; made when it does not exist.
    pub db: PathBuf,
    /// The set's name; declared when it does not exist.
    pub set: String,
    /// The files, read in this order. Columns of a CSV file get the narrowest type that all their cells fit: bool, int (also +5), float,
    /// timestamp (2024-02-29T10:30:00Z: RFC 3339 to the second or finer, with its zone), else text; codes with leading zeros and integers that 64 bits do not hold make their column text, of which the latter is told on standard error. --type says otherwise.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// An index on a field, or on several numeric ones (`lon,lat:plane`). Kinds: hash, ordered, plane, geo, vector, trie, text.
    #[arg(long = "index", value_name = "FIELD:KIND[:k=v,..]", value_parser = parse_index)]
    pub indexes: Vec<IndexArgument>,
    /// Vectors from a matrix of f2, f4, f8, i1, u1 or b1 elements: row i belongs to object i of the files.
    #[arg(long, value_name = "FIELD=FILE.npy", value_parser = parse_pair)]
    pub vectors: Vec<(String, String)>,
    /// A point made of two numeric fields, longitude first; the two fields stay. Without them, of those that are named lon, lng, long or
    /// longitude, and lat or latitude.
    #[arg(long, value_name = "FIELD[=LON,LAT]", value_parser = parse_point)]
    pub point: Vec<PointArgument>,
    /// The unique key.
    #[arg(long, value_name = "FIELD")]
    pub key: Option<String>,
    /// The type of a field, where it is not evident: int, float, text, bool, timestamp, vector or geometry. A geometry is read from
    /// [lon, lat], {"lon": .., "lat": ..}, GeoJSON, WKT, or WKB in hexadecimal digits.
    #[arg(long = "type", value_name = "FIELD:TYPE", value_parser = parse_type)]
    pub types: Vec<(String, String)>,
    /// Counts and reports bad lines instead of refusing the import.
    #[arg(long)]
    pub skip_bad: bool,
    /// Compresses the set's objects on disk (LZ4): smaller files, slower reading of single objects.
    #[arg(long)]
    pub compress: bool,
}

/// The arguments of `query`.
#[derive(Debug, clap::Args)]
pub struct QueryArguments {
    /// The database's directory.
    pub db: PathBuf,
    /// SELECT ..; see the README for what is understood. `_offset` is an object's offset, `_owner` (in nested sets also `owner`) its
    /// owner's; a stored field of such a name is written in double quotes.
    pub sql: String,
    /// A parameter: JSON or plain text, or one row of a matrix. With a type (text, integer, float, bool, timestamp or json) the value is read as
    /// that: `zip:text=01234`, `since:timestamp=2019-01-01T00:00:00Z`.
    #[arg(long = "param", value_name = "NAME[:TYPE]=VALUE | NAME=@FILE.npy[ROW]", value_parser = parse_pair)]
    pub parameters: Vec<(String, String)>,
    /// How to print the answer.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// The field whose points, lines and areas GeoJSON and maps show; if not given, the first selected one that has any.
    #[arg(long, value_name = "FIELD")]
    pub geometry: Option<String>,
    /// Draws the hits over the outlines of the countries, too, into a file.
    #[arg(long, value_name = "FILE.svg", conflicts_with_all = ["explain", "analyze"])]
    pub map: Option<PathBuf>,
    /// Prints the plan instead of the answer.
    #[arg(long, conflicts_with = "analyze")]
    pub explain: bool,
    /// Runs the query and prints the plan with what each node really did.
    #[arg(long)]
    pub analyze: bool,
}

/// How answers are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For reading.
    Table,
    /// One array of objects.
    Json,
    /// Comma-separated, with a heading.
    Csv,
    /// A FeatureCollection: the geometry and, as properties, the other columns.
    Geojson,
}

/// `lon,lat:plane` or `embedding:vector:m=16,metric=l2`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexArgument {
    /// The fields covered.
    pub fields: Vec<String>,
    /// The kind's name.
    pub kind: String,
    /// The kind's options.
    pub options: Vec<(String, String)>,
}

/// `location=lon,lat`, or `location`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PointArgument {
    /// The field that is made.
    pub field: String,
    /// The fields with the longitude and the latitude, if they are not to be found by their names.
    pub columns: Option<(String, String)>,
}

fn parse_index(text: &str) -> Result<IndexArgument, String> {
    let mut pieces = text.splitn(3, ':');
    let fields = pieces.next().unwrap_or_default();
    let kind = pieces.next().filter(|kind| !kind.is_empty()).ok_or("expected FIELD:KIND, such as country:hash")?;
    if fields.is_empty() {
        return Err("expected a field before the colon".into());
    }
    let options =
        pieces.next().into_iter().flat_map(|list| list.split(',')).map(parse_pair).collect::<Result<Vec<_>, _>>()?;
    Ok(IndexArgument { fields: fields.split(',').map(str::to_owned).collect(), kind: kind.to_owned(), options })
}

fn parse_pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(format!("'{text}': expected NAME=VALUE")),
    }
}

fn parse_point(text: &str) -> Result<PointArgument, String> {
    if !text.is_empty() && !text.contains('=') {
        return Ok(PointArgument { field: text.to_owned(), columns: None });
    }
    let (field, columns) = parse_pair(text)?;
    let (lon, lat) = columns.split_once(',').ok_or("expected FIELD=LON,LAT, longitude first")?;
    Ok(PointArgument { field, columns: Some((lon.to_owned(), lat.to_owned())) })
}

fn parse_type(text: &str) -> Result<(String, String), String> {
    match text.rsplit_once(':') {
        Some((field, kind)) if !field.is_empty() => Ok((field.to_owned(), kind.to_owned())),
        _ => Err("expected FIELD:TYPE, such as zip:text".into()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_grammar_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn small_languages() {
        let index = parse_index("embedding:vector:metric=cosine,m=16").unwrap();
        assert_eq!((index.kind.as_str(), index.options.len()), ("vector", 2));
        assert_eq!(parse_index("lon,lat:plane").unwrap().fields, ["lon", "lat"]);
        for wrong in ["country", ":hash", "country:", "a:hash:b"] {
            assert!(parse_index(wrong).is_err(), "{wrong}");
        }
        assert_eq!(parse_pair("q=a=b").unwrap(), ("q".to_owned(), "a=b".to_owned()));
        assert_eq!(parse_point("location=x,y").unwrap().columns, Some(("x".to_owned(), "y".to_owned())));
        assert_eq!(parse_point("location").unwrap(), PointArgument { field: "location".to_owned(), columns: None });
        assert!(parse_point("location=lon").is_err() && parse_point("").is_err() && parse_point("=lon,lat").is_err());
        assert_eq!(parse_type("zip:text").unwrap().1, "text");
    }

    #[test]
    fn every_command_has_an_example() {
        for command in Arguments::command().get_subcommands() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("Example:"), "{}", command.get_name());
        }
    }
}
