//! A ledger in memory, copied as it is.

use rusqlite::Connection;

pub fn copied(from: &Connection) -> Connection {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copy.db");
    from.execute("VACUUM INTO ?1", [path.to_str().unwrap()]).unwrap();
    let to = Connection::open_in_memory().unwrap();
    to.execute("ATTACH ?1 AS source", [path.to_str().unwrap()]).unwrap();
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
    to.execute_batch("DETACH source").unwrap();
    to
}
