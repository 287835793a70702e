//! A ledger in memory, copied as it is.

use rusqlite::Connection;

pub fn copied(from: &Connection) -> Connection {
    let (_folder, to) = beside(from);
    let tables: Vec<(String, String)> = to
        .prepare("SELECT name, sql FROM source.sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    for (name, sql) in tables {
        to.execute_batch(&sql).unwrap();
        if sql.starts_with("CREATE TABLE") {
            to.execute_batch(&format!("INSERT INTO main.{name} SELECT * FROM source.{name}")).unwrap();
        }
    }
    for name in ["application_id", "user_version"] {
        let number: i64 = to.query_row(&format!("PRAGMA source.{name}"), [], |row| row.get(0)).unwrap();
        to.execute_batch(&format!("PRAGMA main.{name} = {number}")).unwrap();
    }
    to.execute_batch("DETACH source; PRAGMA foreign_keys = ON").unwrap();
    to
}

/// The schemas that are past.
const EARLIER: [&str; 5] = [
    include_str!("../../src/store/schema.sql"),
    include_str!("../../src/store/schema_2.sql"),
    include_str!("../../src/store/schema_3.sql"),
    include_str!("../../src/store/schema_4.sql"),
    include_str!("../../src/store/schema_5.sql"),
];

/// A ledger of an earlier schema, as that version of this program would have left it.
pub fn earlier_schema(from: &Connection, schema: usize) -> Connection {
    let (_folder, to) = beside(from);
    for sql in &EARLIER[..schema] {
        to.execute_batch(sql).unwrap();
    }
    let columns: Vec<(String, String)> = to
        .prepare(
            "SELECT t.name, group_concat(c.name) FROM main.sqlite_schema t, pragma_table_info(t.name, 'main') c
             WHERE t.type = 'table' GROUP BY t.name",
        )
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    for (table, names) in columns {
        // Holds came with schema 5, and an account of their own, which it makes itself; the guarantee fund's came later.
        let known = if table == "accounts" { "WHERE number > 0" } else { "" };
        to.execute_batch(&format!("INSERT INTO main.{table} ({names}) SELECT {names} FROM source.{table} {known}"))
            .unwrap();
    }
    let id: i64 = to.query_row("PRAGMA source.application_id", [], |row| row.get(0)).unwrap();
    to.execute_batch(&format!("PRAGMA main.application_id = {id}; PRAGMA main.user_version = {schema}; DETACH source"))
        .unwrap();
    to.execute_batch("PRAGMA foreign_keys = ON").unwrap();
    to
}

/// An empty database with a ledger beside it, as `source`.
fn beside(from: &Connection) -> (tempfile::TempDir, Connection) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copy.db");
    from.execute("VACUUM INTO ?1", [path.to_str().unwrap()]).unwrap();
    let to = Connection::open_in_memory().unwrap();
    // Tables come in the order in which they were made, not in that of their references.
    to.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    to.execute("ATTACH ?1 AS source", [path.to_str().unwrap()]).unwrap();
    (folder, to)
}
