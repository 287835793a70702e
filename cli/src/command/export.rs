//! `farthing export`: everything the wallet knows, for people and other programs; see [`farthing_core::export`].

use crate::args::Export;
use crate::context::Context;
use crate::failure::Failure;
use crate::files;
use crate::operation::Operation;
use crate::operation::views::ContentsView;
use crate::output::Output;
use crate::session::Session;
use data_encoding::HEXLOWER;
use serde_json::json;
use std::path::Path;

/// Files by their names, all in memory before the first is written.
type Files = Vec<(String, Vec<u8>)>;

pub(super) async fn run(args: Export, context: &Context) -> Result<Output, Failure> {
    check_empty(&args.dir)?;
    let mut session = Session::open(context).await?;
    let gathered = gather(&mut session).await;
    session.close().await;
    let (contents, files) = gathered?;
    files::private_folder(&args.dir)?;
    for (name, bytes) in &files {
        files::write_new(&args.dir.join(name), bytes)?;
    }
    let text = format!(
        "Wrote {} files to {}: wallet.json and the signed files. No private keys and no recovery phrase are among \
         them; memos and names are, so keep them to yourself.",
        files.len(),
        args.dir.display()
    );
    let json = json!({
        "dir": args.dir, "files": files.len(), "payments": contents.payments, "requests": contents.requests,
        "private_keys": false,
    });
    Ok(Output::new(&json, text))
}

fn check_empty(dir: &Path) -> Result<(), Failure> {
    let mut entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Failure::unreadable(files::sentence(dir, &error))),
    };
    match entries.next() {
        None => Ok(()),
        Some(_) => Err(Failure::exists(format!("{}: the folder is not empty; name a new one", dir.display()))),
    }
}

async fn gather(session: &mut Session<'_>) -> Result<(ContentsView, Files), Failure> {
    let contents: ContentsView = session.ask(Operation::Export).await?;
    let mut files = Files::new();
    for name in &contents.files {
        let Some(hex) = session.ask::<Option<String>>(Operation::ExportFile { name: name.clone() }).await? else {
            continue;
        };
        let bytes = HEXLOWER.decode(hex.as_bytes());
        files.push((name.clone(), bytes.map_err(|_| Failure::internal("the wallet's files cannot be read"))?));
    }
    Ok((contents, files))
}
