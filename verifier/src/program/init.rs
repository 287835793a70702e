//! `init`: folder, keys, ledger. Interrupted at any point it leaves no half-made ledger behind.

use super::arguments::Init;
use super::output::{Failure, Shown};
use super::{inspect, output, random};
use data_encoding::HEXLOWER;
use farthing_protocol::fee_schedule::Terms;
use farthing_protocol::key::{Ed25519Key, Signer as _};
use farthing_protocol::money::{Amount, Asset, Code};
use farthing_protocol::{cbor, invite};
use farthing_verifier::commands::{Outcome, twice, with_fees};
use farthing_verifier::server::{Folder, now};
use farthing_verifier::{KeyFileError, Keys, Setup, Verifier, save_root};
use serde_json::json;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Decimals that an asset has beyond its currency's own, for payments of a hundredth of a cent.
const EXTRA_DECIMALS: u8 = 4;
/// The ledger under the name that it has while it is made, with SQLite's companions.
pub(crate) const LEDGER_LEFTOVERS: [&str; 3] = ["ledger.db.new", "ledger.db.new-wal", "ledger.db.new-shm"];

/// Files of this run, removed again unless the ledger was made: the corrected command must not stumble over them.
#[derive(Default)]
struct Written(Vec<PathBuf>);

impl Written {
    /// Notes a key file. One that was there before is not ours, a half-written one is.
    fn key(&mut self, path: &Path, saved: Result<(), KeyFileError>) -> Result<(), Failure> {
        let foreign = matches!(&saved, Err(KeyFileError::File { source, .. })
            if source.kind() == std::io::ErrorKind::AlreadyExists);
        if !foreign {
            self.0.push(path.to_owned());
        }
        Ok(saved?)
    }

    /// The keys belong to a ledger now.
    fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        for path in &self.0 {
            // What cannot be removed, or was never made, changes nothing of the error that is shown.
            let _ = std::fs::remove_file(path);
        }
    }
}

pub(crate) fn init(arguments: &Init, json: bool) -> Result<Shown, Failure> {
    let setup = setup(arguments)?;
    rehearse(&setup)?;
    let data = &arguments.data.data;
    Folder::make(data)?;
    let folder = Folder::lock(data, "init")?;
    if Folder::ledger(data).exists() {
        return Err(Failure::usage(format!("{} has a ledger already", data.display())));
    }
    let root_out = arguments.root_out.clone().unwrap_or_else(|| data.join("root.key"));
    if root_out.exists() {
        return Err(Failure::usage(format!("{} exists already; root keys are never overwritten", root_out.display())));
    }
    // Without a ledger a signing key is what an interrupted `init` left.
    let signing_key = Folder::signing_key(data);
    remove_leftovers(data)?;
    let root = Ed25519Key::generate(&mut random::rng());
    let keys = Keys::generate(&mut random::rng());
    let mut written = Written::default();
    written.key(&signing_key, keys.save(&signing_key))?;
    written.key(&root_out, save_root(&root, &root_out))?;
    let verifier = make_ledger(data, &setup, &root, keys, written)?;
    let link = if setup.open && !setup.url.ends_with(":0") {
        let invite = verifier.public_invite(None).map_err(|e| Failure::new(1, "invite", e.to_string()))?;
        Some(invite::link(&invite))
    } else {
        None
    };
    drop((verifier, folder));
    if !setup.grants.is_empty() {
        output::warn(&open_grant_warning(setup.open_per_day), json);
    }
    let cose_key = HEXLOWER.encode(&cbor::encode(root.public()));
    let mut text = format!(
        "ledger made in {}\nreached at {}\nkey {cose_key}\nverifier {}\ncheck phrase {}\nThe root key is in {}. Move it to a place \
         that is offline: only a new signing key needs it.",
        data.display(),
        setup.url,
        root.public().verifier_id().to_hex(),
        inspect::check_phrase(root.public()),
        root_out.display(),
    );
    if let Some(link) = &link {
        text.push_str(&format!("\npublic invite {link}"));
    }
    Ok(Shown::new(
        text,
        json!({
            "key": cose_key,
            "url": setup.url,
            "verifier": root.public().verifier_id().to_hex(),
            "root_key": root_out.display().to_string(),
            "link": link,
        }),
    ))
}

/// Makes the ledger in memory with keys that are thrown away: what would refuse it does so before anything is written.
fn rehearse(setup: &Setup) -> Result<(), Failure> {
    let db = rusqlite::Connection::open_in_memory().map_err(farthing_verifier::OpenError::from)?;
    let root = Ed25519Key::generate(&mut random::rng());
    Verifier::create(db, setup, &root, Keys::generate(&mut random::rng()), now())?;
    Ok(())
}

/// One person can be many: nothing but these two numbers stands between a stranger and all that may be issued.
fn open_grant_warning(open_per_day: u32) -> String {
    let pace = match open_per_day {
        0 => "as fast as they like".to_owned(),
        cap => format!("{cap} in 24 hours"),
    };
    format!(
        "anybody can open accounts, {pace}, and each gets the grant until the issuer's limit is reached; set \
         --issuer-limit to what you can afford to give away, or use --invite-only"
    )
}

fn remove_leftovers(data: &Path) -> Result<(), Failure> {
    let keys = [Folder::signing_key(data), Folder::next_signing_key(data)];
    for path in LEDGER_LEFTOVERS.map(|name| data.join(name)).into_iter().chain(keys) {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

/// Made under another name, then renamed: a ledger is whole or not there.
fn make_ledger(
    data: &Path,
    setup: &Setup,
    root: &Ed25519Key,
    keys: Keys,
    mut written: Written,
) -> Result<Verifier, Failure> {
    let new = data.join("ledger.db.new");
    // SQLite gives its companion files the same mode.
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    written.0.extend(LEDGER_LEFTOVERS.map(|name| data.join(name)));
    let connection = rusqlite::Connection::open(&new).map_err(farthing_verifier::OpenError::from)?;
    drop(Verifier::create(connection, setup, root, keys, now())?);
    // There was none, and the folder is locked: a root key that was written under this name would be lost.
    let ledger = Folder::ledger(data);
    if ledger.exists() {
        return Err(Failure::usage(format!("{} is the ledger's own name; give --root-out another", ledger.display())));
    }
    std::fs::rename(&new, ledger)?;
    written.keep();
    std::fs::File::open(data)?.sync_all()?;
    let keys = Keys::load(&Folder::signing_key(data))?;
    Ok(Verifier::open(Folder::connect(data, None, false)?, keys, now())?)
}

fn setup(arguments: &Init) -> Result<Setup, Failure> {
    let assets = arguments.asset.iter().map(|text| asset(text)).collect::<Result<Vec<_>, _>>()?;
    if let Some(code) = twice(assets.iter().map(|asset| asset.code)) {
        return Err(Failure::usage(format!("--asset {code}: an asset is named once")));
    }
    let terms: Vec<Terms> = assets.iter().map(|asset| Terms { asset: *asset, flat: 0, bps: 0 }).collect();
    let terms = with_fees(&terms, &arguments.fee).map_err(|outcome| match outcome {
        Outcome::Not { exit, kind, message, .. } => Failure::new(exit, &kind, message),
        Outcome::Done(_) => Failure::usage("a fee is written like `0.10 USD + 25 bps`"),
    })?;
    let amounts = |texts: &[String]| {
        texts
            .iter()
            .map(|text| Amount::parse(text, &assets).map_err(|e| Failure::usage(format!("{text}: {e}"))))
            .collect::<Result<Vec<_>, _>>()
    };
    let limits = amounts(&arguments.issuer_limit)?;
    let grants = amounts(&arguments.grant)?;
    for (option, amounts) in [("--issuer-limit", &limits), ("--grant", &grants)] {
        if let Some(code) = twice(amounts.iter().map(|amount| amount.asset().code)) {
            return Err(Failure::usage(format!("{option}: one amount per asset, {code} has two")));
        }
    }
    if grants.iter().any(Amount::is_zero) {
        return Err(Failure::usage("--grant: the amount must be more than zero"));
    }
    let tls = match (&arguments.tls_cert, &arguments.tls_key) {
        (Some(certificate), Some(key)) => Some((absolute(certificate)?, absolute(key)?)),
        _ => None,
    };
    Ok(Setup {
        url: url(arguments)?,
        listen: arguments.listen.to_string(),
        tls,
        terms,
        issuer_limits: limits.iter().map(|limit| (limit.asset(), limit.value())).collect(),
        open: arguments.open,
        open_per_day: arguments.open_per_day,
        grants,
    })
}

/// The URL given, or the address itself.
fn url(arguments: &Init) -> Result<String, Failure> {
    if let Some(url) = &arguments.url {
        return Ok(url.trim_end_matches('/').to_ascii_lowercase());
    }
    let listen = arguments.listen;
    if listen.ip().is_unspecified() {
        return Err(Failure::usage("give --url: wallets need a name or address to reach the verifier by"));
    }
    let plain = listen.ip().is_loopback() && arguments.tls_cert.is_none();
    Ok(format!("{}://{listen}", if plain { "http" } else { "https" }))
}

fn asset(text: &str) -> Result<Asset, Failure> {
    let wrong = |why: &str| Failure::usage(format!("{text}: {why}"));
    let (code, scale) = match text.split_once(':') {
        Some((code, scale)) => (code, scale.parse().map_err(|_| wrong("a scale is a number from 0 to 12"))?),
        None => {
            let currency = iso_currency::Currency::from_code(text)
                .ok_or_else(|| wrong("not a currency of ISO 4217; write CODE:SCALE for anything else"))?;
            let exponent = currency.exponent().and_then(|e| u8::try_from(e).ok()).unwrap_or_default();
            (text, exponent + EXTRA_DECIMALS)
        }
    };
    let code = Code::new(code).map_err(|e| wrong(&e.to_string()))?;
    Asset::new(code, scale).map_err(|e| wrong(&e.to_string()))
}

/// `run` may be started elsewhere.
pub(crate) fn absolute(path: &Path) -> Result<String, Failure> {
    let path = std::path::absolute(path)?;
    path.to_str().map(str::to_owned).ok_or_else(|| Failure::usage("a path of a TLS file must be UTF-8"))
}
